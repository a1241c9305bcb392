package main

import (
	"fmt"
	"path/filepath"
)

// invite says how to go on by oneself.
func (s *stage) invite() {
	kubectl := filepath.Join(s.root, "bin", "testbed", "kubectl")
	fmt.Fprintf(s, `
The cluster stays up. In another terminal, in this folder:

    export KUBECONFIG=%s
    alias kubectl=%s     # if you have none; k9s works as well

    kubectl get callplane                                    # everything there is
    kubectl apply -f bin/demo/numbers                        # all three numbers again
    kubectl delete phonenumber sales-line
    kubectl apply -f bin/demo/accounts.yaml                  # the right credentials again
    kubectl get events.events.k8s.io
    tail -f bin/demo/manager.log
    curl -su %s:%s %s/v1/Trunks     # what Twilio holds

%s
`, s.folder.join("kubeconfig"), kubectl, s.world.Account.SID, s.world.Account.AuthToken, s.world.TwilioURL(),
		s.paint(bold, "Ctrl-C ends it and removes all of it."))
}
