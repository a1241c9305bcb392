package bound

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadCosts(t *testing.T) {
	const page = `# Costs

| lifecycle | Twilio calls | LiveKit calls | API writes |
|---|---|---|---|
| Provision, inbound | 5 | 2 | 7 + 3 |

## Provision: inbound

| call | count | why | and |
|---|---|---|---|
| other | 1 | 2 | 3 |
`
	got, err := ReadCosts(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Costs{"Provision, inbound": {Twilio: Cost{Each: 5}, LiveKit: Cost{Each: 2}, Writes: Cost{7, 3}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("The first table is read, and no other:\n%s", diff)
	}
}

// TestCostsOfTheProject wants the rows that the benchmark goes by.
func TestCostsOfTheProject(t *testing.T) {
	file, err := os.Open("../../../docs/costs.md")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	costs, err := ReadCosts(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, lifecycle := range []string{
		ProvisionOwn, TeardownOwn, ProvisionShared, TeardownShared,
	} {
		if calls := costs[lifecycle].Calls(); calls.Twilio == 0 || calls.LiveKit == 0 {
			t.Errorf("docs/costs.md says nothing of %q", lifecycle)
		}
	}
}
