package main

// A mutant is the source without one safeguard.
type mutant struct {
	// name of the safeguard, the world in which it is missed, and the invariant by which.
	name, world, by string
	// file in which old is replaced by new.
	file, old, new string
}

var mutants = []mutant{
	{
		name: "fence", world: "W1", by: "I6", file: "internal/controller/lifecycle/journal.go",
		old: "return j.Establish(ctx)", new: "return nil",
	},
	{
		name: "optimistic lock", world: "W1", by: "I1", file: "internal/controller/lifecycle/write.go",
		old: "	if err := v.Client.Status().Update(ctx, v.Object); err != nil {\n",
		new: "	if live, err := v.Live(ctx); err == nil && live != nil {\n		v.Object.SetResourceVersion(live.GetResourceVersion())\n	}\n" +
			"	if err := v.Client.Status().Update(ctx, v.Object); err != nil {\n",
	},
	{
		name: "compensation", world: "W6", by: "I1", file: "internal/controller/lifecycle/journal.go",
		old: "failure = j.Construction.Compensate(ctx, created)", new: "failure = nil",
	},
	{
		name: "marker check", world: "W2", by: "I5", file: "internal/engine/survey.go",
		old: "if entry.Name != \"\" && observation.Name != \"\"", new: "if false && entry.Name != \"\" && observation.Name != \"\"",
	},
	{
		name: "account proof", world: "W3", by: "I1", file: "internal/provider/twilio/session.go",
		old: "err := s.belongs(ctx, subject.proof, external.AuthenticationFailed, external.PermissionDenied, external.NotFound)", new: "var err error",
	},
	{
		name: "reverse order", world: "W1", by: "order", file: "internal/engine/branch.go",
		old: "for _, entry := range slices.Backward(b.entries) {\n		if _, done", new: "for _, entry := range b.entries {\n		if _, done",
	},
	{
		name: "one purchase", world: "W7 purchase", by: "I8", file: "internal/engine/provision.go",
		old: "resource.Purchase && entry.ID == \"\"", new: "resource.Purchase",
	},
	{
		name: "previous use on record", world: "W7 take-over", by: "I9", file: "internal/controller/lifecycle/entries.go",
		old: "previous != \"\" {", new: "previous == \"never\" {",
	},
	{
		name: "giving back", world: "W7 take-over", by: "I9", file: "internal/provider/twilio/attachment.go",
		old: "if call.Previous != \"\" {", new: "if false {",
	},
	{
		name: "what is lent stays", world: "W7 import", by: "I5", file: "internal/ledger/ledger.go",
		old: "return entry.Origin == v1alpha1.OriginImported && entry.Name == \"\"", new: "return false",
	},
	{
		name: "marker in what is lent", world: "W7 import", by: "ESR", file: "internal/provider/twilio/originationurl.go",
		old: "found == nil && ok && !call.Lent", new: "found == nil && ok",
	},
	{
		name: "compensation in what is lent", world: "W7 importers", by: "I10", file: "internal/controller/lifecycle/journal.go",
		old: " && !j.lent(resource.Parent)\n}", new: "\n}",
	},
	{
		name: "second look", world: "W1", by: "order", file: "internal/engine/engine.go",
		old: "if !external.IsNotFound(err) {", new: "if true {",
	},
	{
		name: "who has the list", world: "W9 number", by: "I5", file: "internal/controller/phonenumber/shared.go",
		old: "[]client.Reader{v.Client, v.Direct}", new: "[]client.Reader{v.Client}",
	},
	{
		name: "the agent's last look", world: "W2 agents", by: "answered", file: "internal/controller/agent/reconciler.go",
		old: "len(needing(agent, numbers.Items)) > 0", new: "len(needing(agent, numbers.Items)) < 0",
	},
	{
		name: "whose record is closed", world: "W8", by: "I1", file: "internal/controller/phonenumber/heritage.go",
		old: "if len(h.taken) > 0 || len(h.lives) == 0 {", new: "if len(h.lives) >= 0 {",
	},
	{
		name: "the batch's second look", world: "W10", by: "batch", file: "internal/controller/batch/treat.go",
		old: "number == nil && shown == nil && err == nil", new: "number != nil && err != nil",
	},
	{
		name: "the very object", world: "W10", by: "batch", file: "internal/controller/batch/treat.go",
		old: " || err == nil && string(number.UID) != remaining.UID", new: "",
	},
}
