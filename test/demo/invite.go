package main

import (
	"fmt"
	"path/filepath"
)

// inviteToPlay says where to begin.
func (s *stage) inviteToPlay() {
	fmt.Fprintf(s, `
Everything is up. Go on in another terminal, in this folder: docs/tutorial.md says how.
What Twilio holds:

    curl -su %s:%s %s/v1/Trunks

%s
`, s.world.Account.SID, s.world.Account.AuthToken, s.world.TwilioURL(),
		s.paint(bold, "Ctrl-C ends it and removes all of it."))
}

// invite says how to go on by oneself.
func (s *stage) invite() {
	fmt.Fprintf(s, `
The cluster stays up. In another terminal, in this folder:

    export KUBECONFIG=%s
    alias kubectl=%s     # if you have none; k9s works as well

    kubectl get callplane                      # all that there is
    kubectl apply -f bin/demo/numbers          # the three numbers again
    kubectl delete phonenumber sales-line
    kubectl apply -f bin/demo/fleet.yaml       # a shared trunk and its numbers
    kubectl apply -f bin/demo/accounts.yaml    # the right credentials again
    kubectl get events.events.k8s.io
    tail -f bin/demo/manager.log
    # What Twilio holds:
    curl -su %s:%s %s/v1/Trunks

%s
`, s.folder.join("kubeconfig"), s.folder.join(filepath.Join("programs", "kubectl")),
		s.world.Account.SID, s.world.Account.AuthToken, s.world.TwilioURL(),
		s.paint(bold, "Ctrl-C ends it and removes all of it."))
}
