package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestSpoofedAnnotations has a number claim by annotations and labels what only
// the ledger can say, with values that no log and no header should meet.
func TestSpoofedAnnotations(t *testing.T) {
	w, manager := calmWorld(t)
	theirs := w.Twilio.AddTrunk(w.Account.SID, "theirs", "theirs.pstn.twilio.com")
	create(t, w, w.PhoneNumber("support-line", func(n *v1alpha1.PhoneNumber) {
		n.Annotations = map[string]string{
			v1alpha1.AnnotationRetryRequestedAt: "1\r\n{\"level\":\"error\"}%0d%0aX-Evil: 1\x00\u202e$(id)",
			"callplane.io/external-id":          theirs,
			"callplane.io/owner":                "cp-000000-" + strings.Repeat("0", 36),
			"callplane.io/account":              "AC99999999999999999999999999999999",
			"example.org/large":                 strings.Repeat("a", 200<<10),
		}
		n.Labels = map[string]string{}
		for i := range 2000 {
			n.Labels[fmt.Sprintf("example.org/label-%d", i)] = "x"
		}
	}))
	number := awaitActive(t, w, "support-line")
	wantOwnLines(t, manager)
	remove(t, w, number)
	awaitGone(t, w, number)
	wantOwnLines(t, manager)
	if trunks := w.Twilio.Trunks(""); len(trunks) != 1 || trunks[0].SID != theirs {
		t.Errorf("trunks %+v, want that of the others only", trunks)
	}
	newTrial(t, w, manager).check(t)
}

// wantOwnLines sees that each line of the manager's log is one record.
func wantOwnLines(t *testing.T, manager *world.Manager) {
	t.Helper()
	for line := range strings.Lines(manager.Log()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no record: %.200q", line)
		}
	}
}

// TestLargeObjectsOfATenant fills a namespace with as much as a tenant can put
// into Secrets and beside numbers: the manager keeps next to nothing of it, and
// the numbers of others come up as ever.
func TestLargeObjectsOfATenant(t *testing.T) {
	const (
		secrets = 200
		size    = 250 << 10
		spare   = 20 << 20
	)
	w, manager := calmWorld(t, world.InsecureMetrics)
	create(t, w, w.PhoneNumber("first"))
	remove(t, w, awaitActive(t, w, "first"))
	awaitGone(t, w, w.PhoneNumber("first"))
	tr := newTrial(t, w, manager)
	before := heap(t, tr)
	namespace := namespaceFor(t)
	t.Cleanup(func() {
		_ = w.Client.Delete(context.Background(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	})
	for i := range secrets {
		create(t, w, &corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: namespace, Name: fmt.Sprintf("large-%d", i),
				Annotations: map[string]string{"example.org/large": strings.Repeat("a", size)},
			},
			Data: map[string][]byte{"large": make([]byte, size)},
		})
	}
	began := time.Now()
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	t.Logf("beside %d MiB of Secrets a number was Active after %s", secrets*2*size>>20, time.Since(began))
	eventually(t, "the memory to be free again", func(context.Context) string {
		if now := heap(t, tr); now > before+spare {
			return fmt.Sprintf("%.0f MiB, before %.0f MiB", now/(1<<20), before/(1<<20))
		}
		return ""
	})
	remove(t, w, client.Object(number))
	awaitGone(t, w, number)
	tr.check(t)
}

// heap is what the manager keeps in memory, and what it has not yet freed.
func heap(t *testing.T, tr *trial) float64 {
	t.Helper()
	return sum(scrape(t, tr.world.Plane, tr.managers[len(tr.managers)-1]), "go_memstats_heap_alloc_bytes ")
}
