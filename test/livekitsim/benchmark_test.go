package livekitsim

import (
	"strconv"
	"testing"

	protocol "github.com/livekit/protocol/livekit"
)

const callsPerRound = 3

// BenchmarkCalls creates, lists and deletes a trunk beside a few others.
func BenchmarkCalls(b *testing.B) {
	s := crowded(b)
	sip, ctx := client(url, admin(b), s), b.Context()
	for b.Loop() {
		made, err := sip.CreateSIPInboundTrunk(ctx, inboundTrunk("+14155550100"))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sip.ListSIPInboundTrunk(ctx, &protocol.ListSIPInboundTrunkRequest{}); err != nil {
			b.Fatal(err)
		}
		if _, err := sip.DeleteSIPTrunk(ctx, &protocol.DeleteSIPTrunkRequest{SipTrunkId: made.GetSipTrunkId()}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*callsPerRound), "ns/call")
}

func BenchmarkClone(b *testing.B) {
	s := crowded(b)
	for b.Loop() {
		s.Clone()
	}
}

// crowded has five trunks of five numbers.
func crowded(tb testing.TB) *Simulator {
	tb.Helper()
	s := New(key, secret)
	for i := range 5 {
		if _, err := s.CreateSIPInboundTrunk(testContext(tb), inboundTrunk("+1415555000"+strconv.Itoa(i))); err != nil {
			tb.Fatal(err)
		}
	}
	return s
}

func inboundTrunk(number string) *protocol.CreateSIPInboundTrunkRequest {
	return &protocol.CreateSIPInboundTrunkRequest{Trunk: &protocol.SIPInboundTrunkInfo{
		Name: "cp-a1b2c3-0f5c9a5e-2b1d-4c3e-9f8a-7b6c5d4e3f2a-1a2b3c4d-inbound", Numbers: []string{number},
	}}
}
