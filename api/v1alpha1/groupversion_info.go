package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "callplane.io", Version: "v1alpha1"}

var schemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

// AddToScheme registers the kinds of this package.
var AddToScheme = schemeBuilder.AddToScheme

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&PhoneNumber{}, &PhoneNumberList{},
		&TwilioAccount{}, &TwilioAccountList{},
		&LiveKitProject{}, &LiveKitProjectList{},
		&VoiceAgent{}, &VoiceAgentList{},
		&SIPTrunk{}, &SIPTrunkList{},
		&PhoneNumberDeletion{}, &PhoneNumberDeletionList{},
		&OrphanRecord{}, &OrphanRecordList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
