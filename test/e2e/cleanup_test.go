package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/callplane/callplane/test/world"
)

// TestCleanupGuide shows that the page which messages link to has a section for
// every kind of resource that a number can leave behind.
func TestCleanupGuide(t *testing.T) {
	guide, err := os.ReadFile(inRepository(t, "docs/cleanup.md"))
	if err != nil {
		t.Fatal(err)
	}
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	entries := awaitActive(t, w, "support-line").Status.ExternalResources
	if len(entries) != 12 {
		t.Errorf("%d kinds of resources, want 12", len(entries))
	}
	for _, entry := range entries {
		heading := "# " + strings.ToLower(entry.Provider+"-"+entry.Kind) + "\n"
		if !strings.Contains(string(guide), heading) {
			t.Errorf("docs/cleanup.md has no section %q", strings.TrimSpace(heading))
		}
	}
}
