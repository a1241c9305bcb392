package e2e

import (
	"net/http"
	"sync"
	"testing"

	"github.com/callplane/callplane/test/twiliosim/openapi"
	"github.com/callplane/callplane/test/world"
)

// TestSpeaksTwilio holds every request that the operator makes, and every answer
// that it gets, to Twilio's own documents. They are not part of this project, so
// it runs where somebody has put them.
func TestSpeaksTwilio(t *testing.T) {
	folder := openapi.Folder("../../../shared/specs")
	if folder == "" {
		t.Skipf("Twilio's OpenAPI documents are not part of this project: set %s to a folder that has them", openapi.FolderVariable)
	}
	documents, err := openapi.Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	violations := violations{}
	w := newWorld(t, world.Options{Logf: t.Logf, Between: func(twilio http.Handler) http.Handler {
		return documents.Handler(twilio, violations.add)
	}})
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	startManager(t, w)
	create(t, w, w.PhoneNumber("support-line", world.Outbound, world.Policy("Release")))
	number := awaitActive(t, w, "support-line")
	remove(t, w, number)
	awaitGone(t, w, number)
	if len(w.Twilio.Calls()) < 30 {
		t.Errorf("only %d calls were checked", len(w.Twilio.Calls()))
	}
	for _, violation := range violations.all {
		t.Error(violation)
	}
}

type violations struct {
	mu  sync.Mutex
	all []error
}

func (v *violations) add(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.all = append(v.all, err)
}
