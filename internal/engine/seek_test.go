package engine_test

import (
	"testing"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// TestOneLieIsNotBelieved lets a provider answer once that something it holds does
// not exist: nothing is forgotten for that, and nothing made twice.
func TestOneLieIsNotBelieved(t *testing.T) {
	for _, kind := range []string{"Trunk", "URL", "List", "Credential", "Attachment", "Inbound", "Rule", "Outbound"} {
		t.Run(kind, func(t *testing.T) {
			lie := fake.Fault{Operation: fake.Observe, Kind: kind, Nth: 1, Err: refusal(external.NotFound)}

			d := established(t)
			d.cloud.Fail(lie)
			if err := d.provision(t.Context()); err != nil {
				t.Fatal(err)
			}
			if made := d.cloud.Log(fake.Create); len(made) > 0 {
				t.Errorf("%v is made a second time", made)
			}

			d = established(t)
			d.cloud.Fail(lie)
			d.teardown(t.Context())
			if got := left(d.cloud); len(got) > 0 {
				t.Errorf("%v is left behind", got)
			}
		})
	}
}

// TestOneLieOfADelete lets a provider answer once to a delete that there is nothing
// to delete, of what it holds.
func TestOneLieOfADelete(t *testing.T) {
	for _, kind := range []string{"Trunk", "URL", "List", "ListLink", "Credential", "Attachment", "Inbound", "Rule", "Outbound"} {
		t.Run(kind, func(t *testing.T) {
			d := established(t)
			d.cloud.Fail(fake.Fault{Operation: fake.Delete, Kind: kind, Nth: 1, Err: refusal(external.NotFound)})
			d.write(remaining(d.teardown(t.Context())))
			d.write(remaining(d.teardown(t.Context())))
			if got := left(d.cloud); len(got) > 0 {
				t.Errorf("%v is left behind after two attempts", got)
			}
		})
	}
}
