package orphanage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/layout"
)

func TestRows(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	record := func(name string, age time.Duration, owner v1alpha1.OrphanOwner, state string, kinds ...string) v1alpha1.OrphanRecord {
		r := v1alpha1.OrphanRecord{ObjectMeta: metav1.ObjectMeta{Name: name}}
		r.Spec = v1alpha1.OrphanRecordSpec{Owner: owner, Reason: v1alpha1.ReasonForceDeleted, Since: metav1.Time{Time: now.Add(-age)}}
		r.Status.State = state
		for _, kind := range kinds {
			r.Status.Resources = append(r.Status.Resources, v1alpha1.ExternalResource{Provider: "twilio", Account: "AC1", Kind: kind})
		}
		return r
	}
	stuck := record("u1", time.Hour, v1alpha1.OrphanOwner{Kind: "PhoneNumber", Namespace: "telephony", Name: "a", Number: "+1"}, v1alpha1.OrphanOpen, "Trunk", "Trunk", "CredentialList")
	stuck.Status.Conditions = []metav1.Condition{{Type: "Stalled", Status: "True", Reason: "ResourceInUse", Message: "others use it"}}
	swept := record("u2", 2*time.Hour, v1alpha1.OrphanOwner{Kind: "PhoneNumber", UID: "u2"}, v1alpha1.OrphanClosed)
	asked := record("u3", 3*time.Hour, v1alpha1.OrphanOwner{Kind: "SIPTrunk", Namespace: "telephony", Name: "fleet"}, v1alpha1.OrphanOpen, "Trunk")
	asked.Annotations = map[string]string{v1alpha1.AnnotationDeleteExternal: "true"}
	records := []v1alpha1.OrphanRecord{stuck, swept, asked}
	Sort(records)
	want := `RECORD   NUMBER   FROM                       REASON         STATE                 SINCE   LEFT                      WHERE        MESSAGE
u3       -        SIPTrunk telephony/fleet   ForceDeleted   Open, being deleted   3h      Trunk                     twilio AC1
u2       -        PhoneNumber u2             ForceDeleted   Closed                120m    -                         -
u1       +1       PhoneNumber telephony/a    ForceDeleted   Open: ResourceInUse   60m     2 Trunk, CredentialList   twilio AC1   others use it
`
	if diff := cmp.Diff(want, layout.Table(layout.Monochrome, Rows(records, true, now))); diff != "" {
		t.Errorf("the oldest comes first (-want +got):\n%s", diff)
	}
}
