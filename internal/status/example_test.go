package status_test

import (
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/status"
)

// A teardown of which one step was refused for good.
func Example() {
	refused := &external.Error{Class: external.AuthenticationFailed, Message: "Twilio refused the credentials", Err: errors.New("401, code 20003")}
	attempt := status.Attempt{
		Outcomes: []engine.Outcome{
			{Entry: v1alpha1.ExternalResource{Slot: "trunk", Provider: "twilio", Kind: "Trunk", ID: "TK1"}, Err: refused},
			{Entry: v1alpha1.ExternalResource{Slot: "rule", Provider: "livekit", Kind: "DispatchRule", ID: "SDR_1"}, Gone: true},
		},
		Count: 1, Now: metav1.Unix(0, 0), CorruptedAfter: 2 * time.Minute,
	}
	var shown v1alpha1.LifecycleStatus
	status.Apply(&shown, 2, attempt.Now, status.TornDown(shown, attempt))
	for _, condition := range shown.Conditions {
		fmt.Println(condition.Type, condition.Status, condition.Reason)
	}
	fmt.Println(shown.Conditions[0].Message)
	// Output:
	// Ready False AuthenticationFailed
	// Corrupted True AuthenticationFailed
	// Deleting True CleanupFailed
	// Stalled True AuthenticationFailed
	// Failed to cleanup external resources. Twilio refused the credentials. Left: twilio Trunk TK1. See https://github.com/callplane/callplane/blob/main/docs/cleanup.md#twilio-trunk
}
