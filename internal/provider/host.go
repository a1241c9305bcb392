package provider

import (
	"net/url"
	"strings"
)

// ownPorts are those that a URL need not name.
var ownPorts = map[string]string{"wss": ":443", "https": ":443", "ws": ":80", "http": ":80"}

// Host is what a URL leads to, as accounts are known by: in lower case, with the port
// unless that is the scheme's own.
func Host(address *url.URL) string {
	return strings.TrimSuffix(strings.ToLower(address.Host), ownPorts[address.Scheme])
}
