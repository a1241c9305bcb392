package livekitsim

var (
	// One of the numbers is there in two ways of writing.
	numbers   = []string{"+14155550100", "1 (415) 555-0100", "+14155550101", "+14155550102", "+14155550103", "support"}
	callers   = []string{"+19995550123", "19995550123", "+19995550124"}
	addresses = []string{"203.0.113.0/24", "not, an address"}
	names     = []string{"", "red", "blue"}
	pins      = []string{"", "", "1234"}
)

func one[T any](g *generator, values []T) T { return values[g.IntN(len(values))] }

// seldom is true once in twenty times: what makes a request invalid.
func (g *generator) seldom() bool { return g.IntN(20) == 0 }

// some returns up to two of the values, in any order, maybe the same twice.
func some[T any](g *generator, values []T) []T {
	var chosen []T
	for range g.IntN(3) {
		chosen = append(chosen, one(g, values))
	}
	return chosen
}

func (g *generator) inboundIDs() []string {
	return append(idsOf(g.simulator.InboundTrunks()), g.stranger())
}

func (g *generator) outboundIDs() []string {
	return append(idsOf(g.simulator.OutboundTrunks()), g.stranger())
}

func (g *generator) trunkIDs() []string { return append(g.inboundIDs(), g.outboundIDs()...) }

func (g *generator) ruleIDs() []string {
	return append(idsOf(g.simulator.DispatchRules()), g.stranger())
}

func idsOf[T object](items []T) []string {
	var ids []string
	for _, item := range items {
		ids = append(ids, item.ID())
	}
	return ids
}

// stranger is the id of something that is not there, or may be of another kind.
func (g *generator) stranger() string {
	ids := append(idsOf(g.simulator.InboundTrunks()), idsOf(g.simulator.OutboundTrunks())...)
	return one(g, append(append(ids, idsOf(g.simulator.DispatchRules())...), "ST_never", g.gone))
}

// either is one of the ids, or none at all.
func (g *generator) either(ids []string) string {
	if g.seldom() {
		return ""
	}
	return one(g, ids)
}
