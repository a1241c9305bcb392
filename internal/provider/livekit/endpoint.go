package livekit

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/livekit/server-sdk-go/v2/signalling"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

// An endpoint is where a LiveKit server is called.
type endpoint struct {
	scheme string
	// host is in lower case, with the port unless that is the scheme's own.
	host string
}

func (e endpoint) base() string { return e.scheme + "://" + e.host }

// split returns the host's name and its port, which is empty for the default.
func (e endpoint) split() (name, port string) {
	parts := url.URL{Host: e.host}
	return parts.Hostname(), parts.Port()
}

var plainHost = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:[0-9]{1,5})?$`)

// parseEndpoint reads a URL as the SDK does: ws and wss stand for http and
// https. The server's API is always at the root.
func parseEndpoint(text string) (endpoint, error) {
	parsed, err := url.Parse(strings.TrimSpace(text))
	if err != nil {
		return endpoint{}, invalidURL("the URL cannot be read")
	}
	host := provider.Host(parsed)
	switch {
	case !plainHost.MatchString(host):
		return endpoint{}, invalidURL("the URL has no valid host; it looks like wss://project.livekit.cloud")
	case parsed.User != nil || strings.Trim(parsed.Path, "/") != "" || parsed.RawQuery != "" || parsed.Fragment != "":
		return endpoint{}, invalidURL("the URL may hold a scheme, a host and a port only")
	}
	scheme, _, _ := strings.Cut(signalling.ToHttpURL(parsed.String()), ":")
	if scheme != "https" && scheme != "http" {
		return endpoint{}, invalidURL("the URL's scheme must be wss or https")
	}
	return endpoint{scheme: scheme, host: host}, nil
}

func invalidURL(message string) error {
	return &external.Error{Class: external.InvalidConfiguration, Message: message}
}

// An allowList says which endpoints may be called.
type allowList []pattern

type pattern struct {
	name, port string
	// below matches every host below name, and not name.
	below bool
	plain bool
}

func newAllowList(entries []string) allowList {
	list := make(allowList, 0, len(entries))
	for _, entry := range entries {
		list = append(list, newPattern(strings.ToLower(strings.TrimSpace(entry))))
	}
	return list
}

func newPattern(entry string) pattern {
	host, plain := strings.CutPrefix(entry, "http://")
	scheme := "https"
	if plain {
		scheme = "http"
	}
	host, below := strings.CutPrefix(strings.TrimPrefix(host, "https://"), "*.")
	name, port := endpoint{scheme: scheme, host: provider.Host(&url.URL{Scheme: scheme, Host: host})}.split()
	return pattern{name: name, port: port, below: below, plain: plain}
}

// endpoint reads a URL and refuses one that may not be called.
func (l allowList) endpoint(text string) (endpoint, error) {
	wanted, err := parseEndpoint(text)
	if err != nil {
		return endpoint{}, err
	}
	insecure := false
	for _, pattern := range l {
		if !pattern.matches(wanted) {
			continue
		}
		if wanted.scheme == "https" || pattern.plain {
			return wanted, nil
		}
		insecure = true
	}
	if insecure {
		return endpoint{}, invalidURL(fmt.Sprintf("the manager may call the host %s with wss or https only", wanted.host))
	}
	return endpoint{}, invalidURL(fmt.Sprintf("the host %s is not among the LiveKit hosts that the manager may call", wanted.host))
}

func (p pattern) matches(wanted endpoint) bool {
	name, port := wanted.split()
	if port != p.port || p.name == "" {
		return false
	}
	if p.below {
		return strings.HasSuffix(name, "."+p.name)
	}
	return name == p.name
}
