package diagnosis

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/version"
)

// oldest is the first Kubernetes whose API server has all that the CRDs and the policies
// ask for.
const oldest = "1.31"

// A Server is what the API server says of itself.
type Server struct {
	Version string
	Err     error
}

func server(s Server) Finding {
	finding := Finding{Check: "API server"}
	if s.Err != nil {
		finding.Verdict, finding.Message = Failed, s.Err.Error()
		finding.Cure = "see that the kubeconfig and its context are the right ones, and that the cluster is up"
		return finding
	}
	finding.Verdict, finding.Message = Fine, "answers, "+s.Version
	parsed, err := version.ParseGeneric(s.Version)
	switch {
	case err != nil:
		finding.Verdict = Warning
		finding.Cure = "see that it is Kubernetes " + oldest + " or later: its version cannot be read"
	case parsed.LessThan(version.MustParseGeneric(oldest)):
		finding.Verdict = Failed
		finding.Cure = "upgrade the cluster to Kubernetes " + oldest + " or later"
	}
	return finding
}

// A CRD is what was read of one of ours.
type CRD struct {
	Name string
	// Established is its condition: the kind is served.
	Established bool
	// Missing are fields that this plugin knows and the CRD does not, Extra the reverse.
	Missing, Extra []string
	Err            error
}

// crds are one finding where all is well with them.
func crds(all []CRD) []Finding {
	var findings []Finding
	for _, crd := range all {
		finding := crd.judge()
		if finding.Verdict != Fine {
			findings = append(findings, finding)
		}
	}
	if len(findings) > 0 {
		return together("CRDs", findings)
	}
	return []Finding{{Check: "CRDs", Verdict: Fine, Message: fmt.Sprintf("all %d are served, with the fields that this plugin knows", len(all))}}
}

const install = "make install, or make deploy, of the version of this plugin"

func (c CRD) judge() Finding {
	finding := Finding{Check: "CRD " + c.Name}
	switch {
	case apierrors.IsNotFound(c.Err):
		finding.Verdict, finding.Message, finding.Cure = Failed, "does not exist", install
	case c.Err != nil:
		finding.Verdict, finding.Message = Unknown, why(c.Err)
	case !c.Established:
		finding.Verdict, finding.Message = Failed, "is not served"
		finding.Cure = "kubectl describe crd " + c.Name + " says why"
	case len(c.Missing) > 0:
		finding.Verdict, finding.Message = Warning, "is older than this plugin: it lacks "+some(c.Missing)
		finding.Cure = install
	case len(c.Extra) > 0:
		finding.Verdict, finding.Message = Warning, "is newer than this plugin, which does not know "+some(c.Extra)
		finding.Cure = "use the plugin of the version that is installed"
	default:
		finding.Verdict = Fine
	}
	return finding
}

func some(words []string) string {
	const shown = 3
	if len(words) <= shown {
		return strings.Join(words, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(words[:shown], ", "), len(words)-shown)
}

// A Policy is what was read of an admission policy and its binding.
type Policy struct {
	Name string
	// Actions are those of the binding; Want is the one that it should have.
	Actions []string
	Want    string
	// Text is all its expressions, in which the Secret guard names the manager.
	Text string
	// Problems are what the API server says against its expressions.
	Problems []string
	// Err and BindingErr say why the policy or its binding could not be read.
	Err, BindingErr error
}

const secretGuard = "callplane-secret-guard"

func policies(all []Policy, namespace string) []Finding {
	var findings []Finding
	for _, policy := range all {
		finding := policy.judge(namespace)
		if finding.Verdict != Fine {
			findings = append(findings, finding)
		}
	}
	if len(findings) > 0 {
		return together("Admission policies", findings)
	}
	return []Finding{{Check: "Admission policies", Verdict: Fine, Message: fmt.Sprintf("all %d are there and bound", len(all))}}
}

func (p Policy) judge(namespace string) Finding {
	finding := Finding{Check: "Policy " + p.Name, Verdict: Failed, Cure: install}
	switch {
	case apierrors.IsNotFound(p.Err):
		finding.Message = "does not exist"
	case p.Err == nil && apierrors.IsNotFound(p.BindingErr):
		finding.Message = "is not bound, so it judges nothing"
	case p.Err != nil || p.BindingErr != nil:
		finding.Verdict, finding.Cure = Unknown, ""
		finding.Message = why(cmp.Or(p.Err, p.BindingErr))
	case !slices.Contains(p.Actions, p.Want):
		finding.Message = fmt.Sprintf("is bound with %s, not with %s", strings.Join(p.Actions, ", "), p.Want)
	case len(p.Problems) > 0:
		finding.Message = "cannot be evaluated: " + p.Problems[0]
	case p.Name == secretGuard && !strings.Contains(p.Text, "system:serviceaccount:"+namespace+":"):
		finding.Message = "guards against a manager in another namespace than " + namespace
		finding.Cure = "make deploy NAMESPACE=" + namespace + ", or name the manager's namespace with --manager-namespace"
	default:
		finding.Verdict, finding.Cure = Fine, ""
	}
	return finding
}

// together makes one finding of many where all could not be looked at for one reason.
func together(check string, findings []Finding) []Finding {
	for _, finding := range findings {
		if finding.Verdict != Unknown || finding.Message != findings[0].Message {
			return findings
		}
	}
	return []Finding{{Check: check, Verdict: Unknown, Message: findings[0].Message}}
}

// why says why something could not be looked at.
func why(err error) string {
	if apierrors.IsForbidden(err) {
		return "your permissions do not suffice to look at it; somebody who administers the cluster can"
	}
	return err.Error()
}
