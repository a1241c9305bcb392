package twiliosim_test

import (
	"testing"

	"github.com/callplane/callplane/test/twiliosim"
)

func TestCredentials(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"Token": {"the token opens its account", func(w *world) answer {
			return w.get(w.numbers() + ".json")
		}, 200, 0},
		"WrongToken": {"another token does not", func(w *world) answer {
			return w.as(w.user, "x").get("/v1/Trunks")
		}, 401, 20003},
		"NoToken": {"no token does not", func(w *world) answer {
			return w.as(w.user, "").get("/v1/Trunks")
		}, 401, 20003},
		"UnknownUser": {"an unknown user does not, and on an unknown path neither", func(w *world) answer {
			return w.as("x", "y").get("/nothing")
		}, 401, 20003},
		"RevokedToken": {"a revoked token does not", func(w *world) answer {
			w.sim.RevokeToken(w.user)
			return w.get("/v1/Trunks")
		}, 401, 20003},
		"RotatedToken": {"a new token does", func(w *world) answer {
			w.sim.SetToken(w.user, "new")
			return w.as(w.user, "new").get("/v1/Trunks")
		}, 200, 0},
		"Key": {"an API key opens its account on both APIs", func(w *world) answer {
			key := w.sim.AddAPIKey(w.user)
			w.as(key.SID, key.Secret).must(200, w.as(key.SID, key.Secret).get("/v1/Trunks"))
			return w.as(key.SID, key.Secret).get(w.numbers() + ".json")
		}, 200, 0},
		"DeletedKey": {"a deleted key does not", func(w *world) answer {
			key := w.sim.AddAPIKey(w.user)
			w.sim.DeleteAPIKey(key.SID)
			return w.as(key.SID, key.Secret).get("/v1/Trunks")
		}, 401, 20003},
	})
}

func TestAccountOfARequest(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"Foreign": {"another account's path stays shut", func(w *world) answer {
			other := w.sim.AddAccount(twiliosim.AccountOptions{})
			return w.as(other.SID, other.AuthToken).get(w.numbers() + ".json")
		}, 401, 20003},
		"UnknownAccount": {"an account that does not exist is no different", func(w *world) answer {
			return w.get("/2010-04-01/Accounts/AC00000000000000000000000000000000/IncomingPhoneNumbers.json")
		}, 401, 20003},
		"Parent": {"a parent opens its sub-account's paths", func(w *world) answer {
			sub := w.sim.AddSubAccount(w.user, twiliosim.AccountOptions{})
			return w.get("/2010-04-01/Accounts/" + sub.SID + "/IncomingPhoneNumbers.json")
		}, 200, 0},
		"Child": {"a sub-account does not open its parent's", func(w *world) answer {
			sub := w.sim.AddSubAccount(w.user, twiliosim.AccountOptions{})
			return w.as(sub.SID, sub.AuthToken).get(w.numbers() + ".json")
		}, 401, 20003},
		"ParentTrunk": {"trunking answers a parent for itself alone", func(w *world) answer {
			sub := w.sim.AddSubAccount(w.user, twiliosim.AccountOptions{})
			trunk := w.as(sub.SID, sub.AuthToken).trunk()
			return w.get(trunk)
		}, 404, 20404},
		"SwappedAccount": {"with other credentials a trunk looks deleted", func(w *world) answer {
			other := w.sim.AddAccount(twiliosim.AccountOptions{})
			return w.as(other.SID, other.AuthToken).delete(w.trunk())
		}, 404, 20404},
	})
}

func TestSuspension(t *testing.T) {
	runRequests(t, map[string]requestCase{
		"Suspended": {"a suspended account answers like wrong credentials", func(w *world) answer {
			w.sim.SetAccountStatus(w.user, twiliosim.AccountSuspended)
			return w.get("/v1/Trunks")
		}, 401, 20003},
		"Forbidden": {"or as forbidden, when so configured", func(w *world) answer {
			w.sim.Configure(func(s *twiliosim.Settings) { s.SuspendedCode = 20403 })
			w.sim.SetAccountStatus(w.user, twiliosim.AccountClosed)
			return w.get("/v1/Trunks")
		}, 403, 20403},
		"SuspendedParent": {"a parent takes its sub-accounts along", func(w *world) answer {
			sub := w.sim.AddSubAccount(w.user, twiliosim.AccountOptions{})
			w.sim.SetAccountStatus(w.user, twiliosim.AccountSuspended)
			return w.as(sub.SID, sub.AuthToken).get("/v1/Trunks")
		}, 401, 20003},
	})
}
