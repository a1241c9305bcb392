package explore

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/livekit/protocol/livekit"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
)

// TestPictureKnowsNoIdentifier takes the same picture whatever things are called by
// those who made them.
func TestPictureKnowsNoIdentifier(t *testing.T) {
	var want []string
	for run := range 20 {
		twin := newTwin()
		twin.system.random.last += uint64(1000 * run)
		rest(t, twin)
		if want == nil {
			want = twin.Picture()
		}
		if diff := cmp.Diff(want, twin.Picture()); diff != "" {
			t.Errorf("run %d, -first +this:\n%s", run, diff)
		}
	}
}

// openRecord is one of the number.
var openRecord = &v1alpha1.OrphanRecord{
	Spec:   v1alpha1.OrphanRecordSpec{Owner: v1alpha1.OrphanOwner{Namespace: namespace, Name: line}},
	Status: v1alpha1.OrphanRecordStatus{State: v1alpha1.OrphanOpen},
}

// changes are all that matter.
var changes = map[string]func(*Parts){
	"a finalizer":  edited(func(n *v1alpha1.PhoneNumber) { n.Finalizers = nil }),
	"a deletion":   edited(func(n *v1alpha1.PhoneNumber) { n.DeletionTimestamp = &metav1.Time{} }),
	"a generation": edited(func(n *v1alpha1.PhoneNumber) { n.Generation++ }),
	"a condition":  edited(func(n *v1alpha1.PhoneNumber) { n.Status.Conditions[0].Status = "Unknown" }),
	"a reason":     edited(func(n *v1alpha1.PhoneNumber) { n.Status.Conditions[0].Reason = "Other" }),
	"a problem":    edited(func(n *v1alpha1.PhoneNumber) { n.Status.Problem = "Other" }),
	"a teardown":   edited(func(n *v1alpha1.PhoneNumber) { n.Status.Teardown = &v1alpha1.TeardownStatus{} }),
	"a failure": edited(func(n *v1alpha1.PhoneNumber) {
		n.Status.Teardown = &v1alpha1.TeardownStatus{FailingSince: &metav1.Time{}}
	}),
	"a lost entry":         edited(func(n *v1alpha1.PhoneNumber) { n.Status.ExternalResources = n.Status.ExternalResources[1:] }),
	"an origin":            inTrunk(func(e *v1alpha1.ExternalResource) { e.Origin = v1alpha1.OriginTakenOver }),
	"a state":              inTrunk(func(e *v1alpha1.ExternalResource) { e.State = v1alpha1.StatePending }),
	"an id":                inTrunk(func(e *v1alpha1.ExternalResource) { e.ID = "" }),
	"a parent":             inTrunk(func(e *v1alpha1.ExternalResource) { e.ParentID = "other" }),
	"a previous use":       inTrunk(func(e *v1alpha1.ExternalResource) { e.Previous = "other" }),
	"a name":               inTrunk(func(e *v1alpha1.ExternalResource) { e.Name = "" }),
	"another's marker":     inTrunk(func(e *v1alpha1.ExternalResource) { e.Name = strings.Replace(e.Name, "trunk", "acl", 1) }),
	"an error":             inTrunk(func(e *v1alpha1.ExternalResource) { e.ErrorClass = "Other" }),
	"another number":       func(p *Parts) { p.Numbers = append(p.Numbers, p.Numbers...) },
	"another installation": func(p *Parts) { p.Installation = "other1" },
	"a record":             func(p *Parts) { p.Records = []*v1alpha1.OrphanRecord{openRecord} },
	"a login":              func(p *Parts) { p.Secrets = nil },
	"a trunk": atTwilio(func(s *twiliosim.Simulator) {
		s.AddTrunk(accountSID, s.Trunks("")[0].FriendlyName, "other.pstn.twilio.com")
	}),
	"a trunk's name":      onTrunk(func(t *twiliosim.Trunk) { t.FriendlyName = "other" }),
	"a trunk's domain":    onTrunk(func(t *twiliosim.Trunk) { t.DomainName = "other" }),
	"an origination URL":  atTwilio(func(s *twiliosim.Simulator) { s.RemoveOriginationURL(s.OriginationURLs("")[0].SID) }),
	"a number":            atTwilio(func(s *twiliosim.Simulator) { s.RemoveNumber(s.Numbers("")[0].SID) }),
	"a number's trunk":    atTwilio(func(s *twiliosim.Simulator) { s.MoveNumber(s.Numbers("")[0].SID, "") }),
	"a credential list":   atTwilio(func(s *twiliosim.Simulator) { s.RemoveCredentialList(s.CredentialLists("")[0].SID) }),
	"a credential":        atTwilio(func(s *twiliosim.Simulator) { s.RemoveCredential(s.Credentials("")[0].SID) }),
	"an access list":      atTwilio(func(s *twiliosim.Simulator) { s.RemoveIPAccessControlList(s.IPAccessControlLists("")[0].SID) }),
	"an inbound trunk":    func(p *Parts) { p.InboundTrunks = nil },
	"an outbound trunk":   func(p *Parts) { p.OutboundTrunks = append(p.OutboundTrunks, p.OutboundTrunks...) },
	"a dispatch rule":     func(p *Parts) { p.DispatchRules = nil },
	"a rule for anything": func(p *Parts) { p.DispatchRules = []*livekit.SIPDispatchRuleInfo{{Name: p.DispatchRules[0].Name}} },
}

// TestPictureShows takes another picture after every change.
func TestPictureShows(t *testing.T) {
	twin := newTwin()
	rest(t, twin)
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			parts := twin.clone().parts()
			change(&parts)
			if cmp.Equal(twin.Picture(), parts.Picture()) {
				t.Error("the picture is the same")
			}
		})
	}
}

// edited changes the number.
func edited(edit func(*v1alpha1.PhoneNumber)) func(*Parts) {
	return func(p *Parts) {
		number := p.Numbers[0].DeepCopy()
		edit(number)
		p.Numbers = []*v1alpha1.PhoneNumber{number}
	}
}

// inTrunk changes what is recorded of the trunk.
func inTrunk(edit func(*v1alpha1.ExternalResource)) func(*Parts) {
	return edited(func(n *v1alpha1.PhoneNumber) { edit(&n.Status.ExternalResources[1]) })
}

func atTwilio(change func(*twiliosim.Simulator)) func(*Parts) {
	return func(p *Parts) { change(p.Twilio) }
}

func onTrunk(edit func(*twiliosim.Trunk)) func(*Parts) {
	return atTwilio(func(s *twiliosim.Simulator) { s.EditTrunk(s.Trunks("")[0].SID, edit) })
}
