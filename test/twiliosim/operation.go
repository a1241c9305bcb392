package twiliosim

import (
	"net/http"
	"slices"
	"strings"
)

// operation is one thing a client can ask for. Its name is what call logs and fault plans use.
type operation struct {
	name   string
	method string
	path   []string
	handle func(*call) reply
}

// creates tells operations whose result lists can hide for a while.
func (o *operation) creates() bool {
	for _, suffix := range []string{".create", ".attach", ".purchase"} {
		if strings.HasSuffix(o.name, suffix) {
			return true
		}
	}
	return false
}

// The braces hold the prefix of the SID that a segment must be.
const (
	accountRoot = "/2010-04-01/Accounts/{AC}"
	trunkRoot   = "/v1/Trunks"
	oneTrunk    = trunkRoot + "/{TK}"
	listsPath   = accountRoot + "/SIP/CredentialLists"
	accessPath  = accountRoot + "/SIP/IpAccessControlLists"
	numbersPath = accountRoot + "/IncomingPhoneNumbers"
	salePath    = accountRoot + "/AvailablePhoneNumbers/{country}/"
)

var operations = slices.Concat(trunkingOperations(), sipOperations(), numberOperations())

func trunkingOperations() []*operation {
	urls, lists, access := oneTrunk+"/OriginationUrls", oneTrunk+"/CredentialLists", oneTrunk+"/IpAccessControlLists"
	return slices.Concat(
		resourceOperations("trunk", trunkRoot, oneTrunk, trunks()),
		resourceOperations("originationurl", urls, urls+"/{OU}", originationURLs()),
		attachmentOperations("credentiallist", lists, trunkCredentials(), attachCredentialList, detachCredentialList),
		attachmentOperations("ipaccesscontrollist", access, trunkAccessLists(), attachAccessList, detachAccessList),
		attachmentOperations("number", oneTrunk+"/PhoneNumbers", trunkNumbers(), attachNumber, detachNumber),
	)
}

func sipOperations() []*operation {
	users, addresses := listsPath+"/{CL}/Credentials", accessPath+"/{AL}/IpAddresses"
	return slices.Concat(
		resourceOperations("credentiallist", listsPath+".json", listsPath+"/{CL}.json", credentialLists()),
		resourceOperations("credential", users+".json", users+"/{CR}.json", credentials()),
		resourceOperations("ipaccesscontrollist", accessPath+".json", accessPath+"/{AL}.json", accessLists()),
		resourceOperations("ipaddress", addresses+".json", addresses+"/{IP}.json", ipAddresses()),
	)
}

func numberOperations() []*operation {
	one := numbersPath + "/{PN}.json"
	return []*operation{
		newOperation("availablenumber.list", http.MethodGet, salePath+saleLocal+".json", searchAvailable(saleLocal)),
		newOperation("availablenumber.list", http.MethodGet, salePath+saleMobile+".json", searchAvailable(saleMobile)),
		newOperation("availablenumber.list", http.MethodGet, salePath+saleTollFree+".json", searchAvailable(saleTollFree)),
		newOperation("application.fetch", http.MethodGet, accountRoot+"/Applications/{AP}.json", applications().fetch),
		newOperation("number.purchase", http.MethodPost, numbersPath+".json", purchaseNumber),
		newOperation("number.list", http.MethodGet, numbersPath+".json", numbers().list),
		newOperation("number.fetch", http.MethodGet, one, numbers().fetch),
		newOperation("number.update", http.MethodPost, one, numbers().update),
		newOperation("number.release", http.MethodDelete, one, numbers().delete),
	}
}

func resourceOperations[T any](name, many, one string, k collection[T]) []*operation {
	return []*operation{
		newOperation(name+".create", http.MethodPost, many, k.create),
		newOperation(name+".list", http.MethodGet, many, k.list),
		newOperation(name+".fetch", http.MethodGet, one, k.fetch),
		newOperation(name+".update", http.MethodPost, one, k.update),
		newOperation(name+".delete", http.MethodDelete, one, k.delete),
	}
}

func attachmentOperations[T any](name, many string, k collection[T], attach, detach func(*call) reply) []*operation {
	one := many + "/{" + k.prefix + "}"
	return []*operation{
		newOperation(name+".attach", http.MethodPost, many, attach),
		newOperation(name+".attachments", http.MethodGet, many, k.list),
		newOperation(name+".attachment", http.MethodGet, one, k.fetch),
		newOperation(name+".detach", http.MethodDelete, one, detach),
	}
}

func newOperation(name, method, path string, handle func(*call) reply) *operation {
	return &operation{name: name, method: method, path: strings.Split(path, "/"), handle: handle}
}

// route finds the operation of a request. A path without operations is not found, a path with others is not allowed.
func route(method, path string) (*operation, map[string]string, *failure) {
	failed, segments := fail(codeNotFound), strings.Split(path, "/")
	for _, o := range operations {
		vars, fits := o.matches(segments)
		if !fits {
			continue
		}
		if o.method == method {
			return o, vars, nil
		}
		failed = fail(codeMethodNotAllowed)
	}
	return nil, nil, failed
}

func (o *operation) matches(segments []string) (map[string]string, bool) {
	if !o.resembles(segments) {
		return nil, false
	}
	vars := map[string]string{}
	for i, pattern := range o.path {
		name, value, fits := matchSegment(pattern, segments[i])
		if !fits {
			return nil, false
		}
		if name != "" {
			vars[name] = value
		}
	}
	return vars, true
}

// resembles compares all but what is in braces.
func (o *operation) resembles(segments []string) bool {
	return slices.EqualFunc(o.path, segments, func(pattern, segment string) bool { return pattern == segment || strings.HasPrefix(pattern, "{") })
}

func matchSegment(pattern, segment string) (name, value string, fits bool) {
	rest, isVariable := strings.CutPrefix(pattern, "{")
	if !isVariable {
		return "", "", pattern == segment
	}
	name, suffix, _ := strings.Cut(rest, "}")
	value, fits = strings.CutSuffix(segment, suffix)
	if name == "country" {
		return name, value, fits && len(value) == 2
	}
	return name, value, fits && isSID(name, value)
}
