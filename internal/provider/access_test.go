package provider

import (
	"strings"
	"testing"
)

func TestBudgetKey(t *testing.T) {
	owner := Access{Account: "AC1", Credentials: map[string][]byte{"apiKey": []byte("k"), "apiSecret": []byte("canary")}}
	cases := map[string]struct {
		reason string
		other  Access
		same   bool
	}{
		"Owner": {
			reason: "whoever has the credentials shares the limit of the account", same: true,
			other: Access{Account: "AC1", Limit: 3, Credentials: map[string][]byte{"apiSecret": []byte("canary"), "apiKey": []byte("k")}},
		},
		"Stranger": {
			reason: "somebody else can name the account and does not have its credentials",
			other:  Access{Account: "AC1", Credentials: map[string][]byte{"apiKey": []byte("k"), "apiSecret": []byte("guess")}},
		},
		"OtherAccount": {
			reason: "one password may open two accounts, which have a limit each",
			other:  Access{Account: "AC2", Credentials: owner.Credentials},
		},
		"Shifted": {
			reason: "what is a key and what a value is no matter of where one ends",
			other:  Access{Account: "AC1", Credentials: map[string][]byte{"apiKey": []byte(`k";"apiSecret"="canary`)}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.other.BudgetKey() == owner.BudgetKey(); got != tc.same {
				t.Errorf("the same budget: %v, want %v: %s", got, tc.same, tc.reason)
			}
		})
	}
	if strings.Contains(owner.BudgetKey(), "canary") {
		t.Error("the key of the budget shows the credentials")
	}
}
