package diagnosis

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/advice"
)

// A Connection is an account or a project.
type Connection struct {
	Kind, Namespace, Name string
	Status                v1alpha1.ConnectionStatus
}

// An Owner is a number or a trunk.
type Owner struct{ v1alpha1.Owner }

func objects(facts Facts) []Finding {
	if facts.Objects != nil {
		return []Finding{{Check: "Objects", Verdict: Unknown, Message: why(facts.Objects)}}
	}
	var findings []Finding
	for _, connection := range facts.Connections {
		findings = append(findings, connection.judge())
	}
	return append(findings, owners(facts.Owners)...)
}

func (c Connection) judge() Finding {
	finding := Finding{Check: fmt.Sprintf("%s %s/%s", c.Kind, c.Namespace, c.Name), Verdict: Failed}
	ready := meta.FindStatusCondition(c.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		finding.Message = "nobody has looked at it yet"
		finding.Cure = "see that the manager runs"
		return finding
	}
	finding.Message = ready.Reason + ": " + ready.Message
	if meta.IsStatusConditionTrue(c.Status.Conditions, v1alpha1.ConditionReady) {
		finding.Verdict = Fine
		return finding
	}
	finding.Cure = advice.Cure(ready.Reason)
	return finding
}

// owners names each that needs somebody, and counts the others.
func owners(all []Owner) []Finding {
	var findings []Finding
	well := 0
	for _, owner := range all {
		finding, fine := owner.judge()
		if fine {
			well++
			continue
		}
		findings = append(findings, finding)
	}
	summary := Finding{Check: "Numbers and trunks", Verdict: Fine, Message: fmt.Sprintf("%d of %d need nobody", well, len(all))}
	return append([]Finding{summary}, findings...)
}

func (o Owner) judge() (finding Finding, fine bool) {
	identity := o.Identity()
	finding.Check = fmt.Sprintf("%s %s/%s", identity.Kind, identity.Namespace, identity.Name)
	switch advice.Of(o.Owner) {
	case advice.Corrupted:
		finding.Verdict = Failed
	case advice.NotReady, advice.Held:
		finding.Verdict = Warning
	default:
		return finding, true
	}
	if says := advice.Says(o.Owner); says != nil {
		finding.Message = says.Reason + ": " + says.Message
	}
	finding.Cure = fmt.Sprintf("kubectl phonenumber status %s -n %s says what to do", advice.Target(o.Owner), identity.Namespace)
	return finding, false
}
