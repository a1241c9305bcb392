package diagnosis

import (
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/callplane/callplane/internal/marker"
)

// A Manager is what was read of its Deployment.
type Manager struct {
	Image            string
	Wanted, Replicas int32
	Err              error
}

func manager(m Manager, namespace string) Finding {
	finding := Finding{Check: "Manager", Message: fmt.Sprintf("%d of %d replicas are available, %s", m.Replicas, m.Wanted, m.Image)}
	switch {
	case apierrors.IsNotFound(m.Err):
		finding.Verdict, finding.Message = Warning, "there is no Deployment callplane-manager in the namespace "+namespace
		finding.Cure = "make deploy, unless the manager runs elsewhere or under another name; --manager-namespace names another namespace"
	case m.Err != nil:
		finding.Verdict, finding.Message = Unknown, why(m.Err)
	case m.Replicas == 0:
		finding.Verdict = Failed
		finding.Cure = fmt.Sprintf("kubectl describe deployment callplane-manager -n %s and its pods say why", namespace)
	case m.Replicas < m.Wanted:
		finding.Verdict = Warning
		finding.Cure = fmt.Sprintf("kubectl get pods -n %s says which one is missing", namespace)
	default:
		finding.Verdict = Fine
	}
	return finding
}

// A Lease is what was read of the leader's.
type Lease struct {
	Holder   string
	Renewed  time.Time
	Duration time.Duration
	Err      error
}

// slack is for clocks that do not agree, and for a leader that changes.
const slack = 15 * time.Second

func lease(l Lease, facts Facts) Finding {
	finding := Finding{Check: "Leader"}
	age := facts.Now.Sub(l.Renewed)
	deployed := facts.Manager.Err == nil
	switch {
	case apierrors.IsNotFound(l.Err):
		finding.Verdict, finding.Message = Warning, "there is no lease callplane-manager in the namespace "+facts.Namespace+": none was elected yet, or the manager runs without election"
		finding.Cure = logs(facts.Namespace)
	case l.Err != nil:
		finding.Verdict, finding.Message = Unknown, why(l.Err)
	case l.Holder == "":
		finding.Verdict, finding.Message = failedIf(deployed), "nobody leads: the last leader has ended"
		finding.Cure = logs(facts.Namespace)
	case age > l.Duration+slack:
		finding.Verdict, finding.Message = failedIf(deployed), fmt.Sprintf("%s has not renewed its lease for %s", l.Holder, duration.HumanDuration(age))
		finding.Cure = logs(facts.Namespace) + "; see that the clocks agree"
	default:
		finding.Verdict, finding.Message = Fine, fmt.Sprintf("%s, renewed %s ago", l.Holder, duration.HumanDuration(max(age, 0)))
	}
	return finding
}

// failedIf does not blame an old lease where a manager runs without election.
func failedIf(deployed bool) Verdict {
	if deployed {
		return Failed
	}
	return Warning
}

func logs(namespace string) string {
	return fmt.Sprintf("kubectl logs deployment/callplane-manager -n %s says whether it works", namespace)
}

// An Identity is what was read of the ConfigMap with the installation's id.
type Identity struct {
	ID  string
	Err error
}

func identity(i Identity, namespace string) Finding {
	finding := Finding{Check: "Installation id"}
	switch {
	case apierrors.IsNotFound(i.Err):
		finding.Verdict, finding.Message = Warning, "there is no ConfigMap callplane-installation in the namespace "+namespace+", unless the manager has --installation-id"
		finding.Cure = "start the manager, which makes one; where it was lost, restore it from the backup: without it nothing that was made is recognised"
	case i.Err != nil:
		finding.Verdict, finding.Message = Unknown, why(i.Err)
	case !marker.ValidInstallation(i.ID):
		finding.Verdict, finding.Message = Failed, fmt.Sprintf("%q is none: it has 6 lower-case letters and digits", i.ID)
		finding.Cure = "restore the ConfigMap callplane-installation from the backup"
	default:
		finding.Verdict, finding.Message = Fine, i.ID+"; keep the ConfigMap callplane-installation in a backup"
	}
	return finding
}

// A Permission is whether the user may do something.
type Permission struct {
	// Verbs of a resource that were asked for, and those that are missing.
	Verbs, Missing []string
	Resource       string
	Namespace      string
	// For is what the plugin needs them for.
	For string
	// Role gives them.
	Role string
	// Needed permissions are those without which the plugin is of no use.
	Needed bool
	Err    error
}

func permissions(all []Permission) []Finding {
	findings := make([]Finding, 0, len(all))
	for _, p := range all {
		findings = append(findings, p.judge())
	}
	return findings
}

func (p Permission) judge() Finding {
	finding := Finding{Check: "You may " + p.For, Verdict: Fine, Message: fmt.Sprintf("%s %s in the namespace %s", strings.Join(p.Verbs, ", "), p.Resource, p.Namespace)}
	switch {
	case p.Err != nil:
		finding.Verdict, finding.Message = Unknown, why(p.Err)
	case len(p.Missing) > 0:
		finding.Verdict = Warning
		if p.Needed {
			finding.Verdict = Failed
		}
		finding.Message = fmt.Sprintf("no role of yours allows to %s %s in the namespace %s", strings.Join(p.Missing, ", "), p.Resource, p.Namespace)
		finding.Cure = "have somebody bind " + p.Role
	}
	return finding
}
