package livekitsim

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	protocol "github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"
)

// TestFullPage holds both against a quirk that a client has to know: with a page
// asked for, the filter sees the first 1,000 objects only.
func TestFullPage(t *testing.T) {
	p := newPair(t)
	ids := p.fill(defaultPage + 1)
	last := ids[defaultPage]
	cases := map[string]struct {
		reason  string
		request *protocol.ListSIPOutboundTrunkRequest
		want    int
	}{
		"Everything": {
			reason:  "Without a page all trunks come at once.",
			request: &protocol.ListSIPOutboundTrunkRequest{}, want: len(ids),
		},
		"EveryPage": {
			reason:  "The server goes from page to page by itself.",
			request: &protocol.ListSIPOutboundTrunkRequest{Page: &protocol.Pagination{Limit: 300}}, want: len(ids),
		},
		"ByID": {
			reason:  "Without a page an id is found wherever it is.",
			request: &protocol.ListSIPOutboundTrunkRequest{TrunkIds: []string{last}}, want: 1,
		},
		"ByIDInPage": {
			reason: "Nothing in the first page has the id, which ends the list.",
			request: &protocol.ListSIPOutboundTrunkRequest{
				TrunkIds: []string{last}, Page: &protocol.Pagination{},
			},
			want: 0,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want, diff := p.run(ask(protocol.SIP.ListSIPOutboundTrunk, tc.request), admin(t))
			if diff != "" {
				t.Errorf("%s\n%s", tc.reason, diff)
			}
			if got := len(want.Answer.(*protocol.ListSIPOutboundTrunkResponse).GetItems()); got != tc.want {
				t.Errorf("%s\nwant %d trunks, got %d", tc.reason, tc.want, got)
			}
		})
	}
}

// fill puts trunks into the stores of both, which is faster than 1,000 calls.
func (p *pair) fill(count int) []string {
	p.t.Helper()
	ids := make([]string, count)
	for i := range ids {
		ids[i] = fmt.Sprintf("ST_%012d", i)
		trunk := &protocol.SIPOutboundTrunkInfo{SipTrunkId: ids[i], Address: "carrier.example", Numbers: []string{"*"}}
		p.simulator.outbound.put(trunk)
		stored, err := proto.Marshal(trunk)
		if err != nil {
			p.t.Fatal(err)
		}
		server.Redis().HSet("sip_outbound_trunk", ids[i], string(stored))
	}
	return ids
}

// TestHonouredPages pages as LiveKit Cloud is said to: nobody but a client goes on.
func TestHonouredPages(t *testing.T) {
	s := New(key, secret)
	var ids []string
	for range 3 {
		ids = append(ids, s.AddDispatchRule(&protocol.SIPDispatchRuleInfo{TrunkIds: []string{"ST_1"}}))
	}
	s.HonourPages()
	cases := map[string]struct {
		reason  string
		request *protocol.ListSIPDispatchRuleRequest
		want    []string
	}{
		"First": {
			reason:  "A page has as many as were asked for.",
			request: &protocol.ListSIPDispatchRuleRequest{Page: &protocol.Pagination{Limit: 2}}, want: ids[:2],
		},
		"Next": {
			reason:  "The next page begins after the id.",
			request: &protocol.ListSIPDispatchRuleRequest{Page: &protocol.Pagination{Limit: 2, AfterId: ids[1]}}, want: ids[2:],
		},
		"ByID": {
			reason:  "The filter comes before the page.",
			request: &protocol.ListSIPDispatchRuleRequest{DispatchRuleIds: ids[2:], Page: &protocol.Pagination{Limit: 1}}, want: ids[2:],
		},
		"Everything": {
			reason:  "Without a page up to 1,000 come.",
			request: &protocol.ListSIPDispatchRuleRequest{}, want: ids,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, holder := range []*Simulator{s, s.Clone()} {
				answer, err := holder.ListSIPDispatchRule(testContext(t), tc.request)
				if diff := cmp.Diff(tc.want, idsOf(answer.GetItems())); err != nil || diff != "" {
					t.Errorf("%s: %v\n%s", tc.reason, err, diff)
				}
			}
		})
	}
}
