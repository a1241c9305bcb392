package kube

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

const (
	auditLogFile    = "audit.log"
	auditPolicyFile = "audit-policy.yaml"
	auditPollEvery  = 20 * time.Millisecond
)

// auditPolicy leaves out what no test asks for: events, leases, probes, and what
// the API server does for itself.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  resources:
  - {group: "", resources: [events]}
  - {group: events.k8s.io, resources: [events]}
  - {group: coordination.k8s.io, resources: [leases]}
- level: None
  users: ["system:apiserver"]
- level: None
  nonResourceURLs: ["/healthz*", "/livez*", "/readyz*"]
- level: Metadata
`

// AuditEvent is one request as kube-apiserver saw it.
type AuditEvent struct {
	Verb        string
	Group       string
	Resource    string
	Subresource string
	Namespace   string
	Name        string
	User        string
	UserAgent   string
	Code        int
	Time        time.Time
}

// auditLine is the part of an audit.k8s.io/v1 Event that is read.
type auditLine struct {
	AuditID string `json:"auditID"`
	Verb    string `json:"verb"`
	User    struct {
		Username string `json:"username"`
	} `json:"user"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		APIGroup    string `json:"apiGroup"`
		Resource    string `json:"resource"`
		Subresource string `json:"subresource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	Received time.Time `json:"requestReceivedTimestamp"`
}

func (c *ControlPlane) auditArgs() []string {
	return []string{
		"--audit-policy-file=" + c.path(auditPolicyFile),
		"--audit-log-path=" + c.path(auditLogFile),
		"--audit-log-mode=blocking",
		// Megabytes before rotation, which would hide the older part.
		"--audit-log-maxsize=4096",
	}
}

// AuditEvents are the requests answered so far, in the order of their first
// answer; a watch counts once it has begun. A request is logged just after its
// answer is sent, so a test that has got an answer uses AwaitAudit.
func (c *ControlPlane) AuditEvents() ([]AuditEvent, error) {
	return c.AuditSince(time.Time{})
}

// AuditSince is AuditEvents without what was received before start.
func (c *ControlPlane) AuditSince(start time.Time) ([]AuditEvent, error) {
	file, err := os.Open(c.path(auditLogFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("opening the audit log: %w", err)
	}
	defer func() { _ = file.Close() }()
	return readAudit(file, start)
}

// AwaitAudit returns the first event that match accepts, when it is there.
func (c *ControlPlane) AwaitAudit(ctx context.Context, match func(AuditEvent) bool) (AuditEvent, error) {
	for {
		events, err := c.AuditEvents()
		if err != nil {
			return AuditEvent{}, err
		}
		for _, event := range events {
			if match(event) {
				return event, nil
			}
		}
		select {
		case <-ctx.Done():
			return AuditEvent{}, fmt.Errorf("no such request among %d in the audit log: %w", len(events), ctx.Err())
		case <-time.After(auditPollEvery):
		}
	}
}

// readAudit leaves out an unfinished last line. A watch is logged at its begin
// and at its end: the later line replaces the earlier.
func readAudit(log io.Reader, start time.Time) ([]AuditEvent, error) {
	var events []AuditEvent
	places := map[string]int{}
	lines := bufio.NewReader(log)
	for {
		text, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		var line auditLine
		if err := json.Unmarshal(text, &line); err != nil {
			return nil, fmt.Errorf("reading the audit log: %w", err)
		}
		if line.Received.Before(start) {
			continue
		}
		place, known := places[line.AuditID]
		if !known {
			place = len(events)
			places[line.AuditID] = place
			events = append(events, AuditEvent{})
		}
		events[place] = line.event()
	}
}

func (l auditLine) event() AuditEvent {
	return AuditEvent{
		Verb:        l.Verb,
		Group:       l.ObjectRef.APIGroup,
		Resource:    l.ObjectRef.Resource,
		Subresource: l.ObjectRef.Subresource,
		Namespace:   l.ObjectRef.Namespace,
		Name:        l.ObjectRef.Name,
		User:        l.User.Username,
		UserAgent:   l.UserAgent,
		Code:        l.ResponseStatus.Code,
		Time:        l.Received,
	}
}
