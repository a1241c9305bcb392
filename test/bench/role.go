package main

import (
	"context"
	"fmt"

	"github.com/callplane/callplane/test/bench/standin"
)

// play is this program as one of the processes that a benchmark consists of.
func (o *options) play(ctx context.Context) error {
	switch o.role {
	case "twilio":
		handler, controls := standin.NewTwilio(func(string, ...any) {})
		return standin.Serve(ctx, o.listen, o.control, handler, controls)
	case "livekit":
		handler, controls := standin.NewLiveKit()
		return standin.Serve(ctx, o.listen, o.control, handler, controls)
	default:
		return fmt.Errorf("there is no role %q", o.role)
	}
}
