package main

import (
	"embed"
	"os"
	"path/filepath"
	"text/template"

	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

//go:embed objects/*.yaml
var objects embed.FS

// line is a number of the story.
type line struct {
	Name   string
	Number string
	// Agent is its VoiceAgent, whose workers are called <Agent>-agent.
	Agent string
}

var (
	support = line{"support-line", "+14155550100", "support"}
	sales   = line{"sales-line", "+14155550101", "sales"}
	billing = line{"billing-line", "+14155550102", "billing"}

	lines = []line{support, sales, billing}
)

// writeObjects writes the manifests that the story applies, for the accounts of
// this world.
func writeObjects(folder *folder, w *world.World) error {
	accounts := map[string]any{
		"Account": w.Account.SID, "Token": w.Account.AuthToken,
		"Key": w.LiveKit.APIKey(), "Secret": w.LiveKit.APISecret(), "URL": w.Proxy.URL(),
		"Agents": []string{support.Agent, sales.Agent, billing.Agent},
	}
	if err := writeObject(folder.join("accounts.yaml"), "accounts.yaml", accounts); err != nil {
		return err
	}
	for _, line := range lines {
		if err := writeObject(folder.join(filepath.Join("numbers", line.Name+".yaml")), "number.yaml", line); err != nil {
			return err
		}
	}
	return nil
}

func writeObject(path, name string, values any) error {
	text, err := template.ParseFS(objects, "objects/"+name)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := text.Execute(file, values); err != nil {
		return err
	}
	return file.Close()
}

// addNumbers has the account own all numbers of the story; the world has given
// it one already.
func addNumbers(w *world.World) {
	for _, line := range lines {
		if line.Number != w.Number {
			w.Twilio.AddNumber(w.Account.SID, line.Number, twiliosim.NumberOptions{})
		}
	}
}
