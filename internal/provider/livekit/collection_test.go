package livekit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/livekit/protocol/livekit"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/test/livekitsim"
)

// serverPage is how many objects a self-hosted server looks through for a page.
const serverPage = 1000

type trunk = livekit.SIPInboundTrunkInfo

// pages is a server that lists so many at a time, in the order of ids.
func pages(size int, items ...*trunk) func(context.Context, []string, string) ([]*trunk, error) {
	return func(_ context.Context, ids []string, after string) ([]*trunk, error) {
		var page []*trunk
		for _, item := range items {
			wanted := len(ids) == 0 || slices.Contains(ids, item.ID())
			if wanted && item.ID() > after && len(page) < size {
				page = append(page, item)
			}
		}
		return page, nil
	}
}

func collectionOf(list func(context.Context, []string, string) ([]*trunk, error)) collection[*trunk] {
	return collection[*trunk]{noun: "inbound trunk", ids: trunkID, list: list, desired: desiredInboundTrunk}
}

func TestLookingUp(t *testing.T) {
	named := func(id, name string) *trunk { return &trunk{SipTrunkId: id, Name: name} }
	items := []*trunk{named("ST_a", "x"), named("ST_b", "mine"), named("ST_c", "mine "), named("ST_d", "mine"), named("ST_e", "Mine")}
	broken := func(_ context.Context, _ []string, after string) ([]*trunk, error) {
		if after != "" {
			return nil, &external.Error{Class: external.NetworkError, Message: "broken"}
		}
		return items[:1], nil
	}
	unfiltered := func(ctx context.Context, _ []string, after string) ([]*trunk, error) {
		return pages(2, items...)(ctx, nil, after)
	}
	empty := func(context.Context, []string, string) ([]*trunk, error) { return []*trunk{nil}, nil }
	cases := []struct {
		reason string
		list   func(context.Context, []string, string) ([]*trunk, error)
		call   external.Call
		want   string
		class  external.Class
	}{
		{"the lowest of several with the marker", pages(100, items...), external.Call{Marker: "mine"}, "ST_b", ""},
		{"page by page", pages(1, items...), external.Call{Marker: "Mine"}, "ST_e", ""},
		{"names are compared exactly", pages(100, items...), external.Call{Marker: "min"}, "", external.NotFound},
		{"a list that breaks off proves nothing", broken, external.Call{Marker: "mine"}, "", external.NetworkError},
		{"by id", pages(100, items...), external.Call{ID: "ST_d", Marker: "mine"}, "ST_d", ""},
		{"an id that is not there", pages(100, items...), external.Call{ID: "ST_z", Marker: "mine"}, "", external.NotFound},
		{"an answer with others: the rest of the list decides", unfiltered, external.Call{ID: "ST_e"}, "ST_e", ""},
		{"an answer with others, and it is nowhere", unfiltered, external.Call{ID: "ST_z"}, "", external.NotFound},
		{"an answer with others, and the list breaks off", broken, external.Call{ID: "ST_z"}, "", external.NetworkError},
		{"an answer with nothing in place of the object", empty, external.Call{ID: "ST_a"}, "", external.NotFound},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			seen, err := collectionOf(c.list).find(t.Context(), c.call)
			if c.class != "" {
				wantClass(t, err, c.class)
				return
			}
			if err != nil || seen.ID != c.want {
				t.Errorf("got %q, %v; want %q", seen.ID, err, c.want)
			}
		})
	}
}

func TestAListThatNeverEnds(t *testing.T) {
	count := 0
	endless := func(context.Context, []string, string) ([]*trunk, error) {
		count++
		return []*trunk{{SipTrunkId: fmt.Sprintf("ST_%d", count)}}, nil
	}
	_, err := collectionOf(endless).find(t.Context(), external.Call{Marker: "mine"})
	wantClass(t, err, external.ProviderUnavailable)
}

func TestAnAnswerWithoutAnID(t *testing.T) {
	_, err := collectionOf(nil).returned(&trunk{Name: "mine"}, nil, external.Call{})
	wantClass(t, err, external.ProviderUnavailable)
}

func TestManyInTheWay(t *testing.T) {
	var items []*trunk
	for i := range maxNamed + 2 {
		items = append(items, &trunk{SipTrunkId: fmt.Sprintf("ST_%d", 9-i)})
	}
	conflict := &external.Error{Class: external.ResourceInUse, Message: "in use"}
	err := blame(conflict, items, func(*trunk) bool { return true })
	wantSays(t, err, "in use: ST_3, ST_4, ST_5, ST_6, ST_7 and 2 more")
	if nobody := blame(conflict, items, func(*trunk) bool { return false }); !errors.Is(nobody, conflict) {
		t.Errorf("got %v", nobody)
	}
}

// A spec that cannot be sent must not hide what exists.
func TestDriftOfASpecThatCannotBeSent(t *testing.T) {
	list := pages(100, &trunk{SipTrunkId: "ST_a", Name: "mine"})
	seen, err := collectionOf(list).find(t.Context(), external.Call{ID: "ST_a", Marker: "mine", Spec: InboundTrunkSpec{}})
	wantObserved(t, seen, err, external.Observation{ID: "ST_a", Name: "mine", Drift: []string{"spec"}})
}

// deprecated is a trunk that requires encryption in the field that media replaced.
func deprecated(media *livekit.SIPMediaConfig) *trunk {
	return &trunk{
		Media:           media,
		MediaEncryption: livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE, //nolint:staticcheck // servers still fill it
	}
}

func TestDrift(t *testing.T) {
	required, disabled := livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE, livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_DISABLE
	cases := []struct {
		reason        string
		desired, live *trunk
		want          []string
	}{
		{"what the server assigns", &trunk{}, &trunk{SipTrunkId: "ST_1"}, nil},
		{"an empty media that the server adds", &trunk{}, &trunk{Media: &livekit.SIPMediaConfig{}}, nil},
		{"a default that is spelled out", &trunk{}, &trunk{Media: &livekit.SIPMediaConfig{Encryption: &disabled}}, nil},
		{
			"the deprecated field that the server fills",
			&trunk{Media: &livekit.SIPMediaConfig{Encryption: &required}},
			deprecated(&livekit.SIPMediaConfig{Encryption: &required}), nil,
		},
		{
			"the deprecated field alone",
			&trunk{Media: &livekit.SIPMediaConfig{Encryption: &required}}, deprecated(nil), nil,
		},
		{"encryption that was turned off", &trunk{Media: &livekit.SIPMediaConfig{Encryption: &required}}, &trunk{Media: &livekit.SIPMediaConfig{}}, []string{"media"}},
		{"encryption that was turned on by the deprecated field", &trunk{}, deprecated(nil), []string{"media"}},
		{"lists and maps", &trunk{Numbers: []string{"a", "b"}}, &trunk{Numbers: []string{"a"}, Headers: map[string]string{"X-A": "b"}}, []string{"numbers", "headers"}},
		{"a password is named and not shown", &trunk{}, &trunk{AuthPassword: "canary"}, []string{"auth_password"}},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			got := drift(c.desired, c.live)
			if diff := cmp.Diff(c.want, got); diff != "" || strings.Contains(fmt.Sprint(got), "canary") {
				t.Error(diff)
			}
		})
	}
}

// TestObservations lists everything, ours or not, page by page.
func TestObservations(t *testing.T) {
	items := []*trunk{{SipTrunkId: "ST_a", Name: "x"}, {SipTrunkId: "ST_b"}, {SipTrunkId: "ST_c", Name: "mine"}}
	got, err := collectionOf(pages(1, items...)).observations(t.Context())
	want := []external.Observation{{ID: "ST_a", Name: "x"}, {ID: "ST_b"}, {ID: "ST_c", Name: "mine"}}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(external.Observation{}, "Revision")); err != nil || diff != "" {
		t.Errorf("error %v, -want +got:\n%s", err, diff)
	}
}

// TestPartialList wants no list at all when one of its pages cannot be had.
func TestPartialList(t *testing.T) {
	whole := pages(1, &trunk{SipTrunkId: "ST_a"}, &trunk{SipTrunkId: "ST_b"})
	failing := func(ctx context.Context, ids []string, after string) ([]*trunk, error) {
		if after == "ST_a" {
			return nil, &external.Error{Class: external.ProviderUnavailable, Message: "LiveKit is away"}
		}
		return whole(ctx, ids, after)
	}
	if got, err := collectionOf(failing).observations(t.Context()); external.ClassOf(err) != external.ProviderUnavailable || len(got) > 0 {
		t.Errorf("got %v and %v, want the error alone", got, err)
	}
}

func TestMoreThanAPage(t *testing.T) {
	for _, c := range subjects() {
		t.Run(c.kind, func(t *testing.T) {
			simulator := livekitsim.New(server.APIKey(), server.APISecret())
			s := connect(t, server.URL(), func(o *Options, _ *provider.Access) { o.Transport = simulator })
			driver := driverOf(t, s, c.kind)
			var call external.Call
			for range serverPage + 1 {
				call = c.call(t, s)
				made, err := driver.Create(testContext(t), call)
				if err != nil {
					t.Fatal(err)
				}
				call.ID = made.ID
			}
			found, err := driver.Observe(testContext(t), call)
			wantObserved(t, found, err, external.Observation{ID: call.ID, Name: call.Marker})
		})
	}
}
