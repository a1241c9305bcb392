package main

import (
	"embed"
	"errors"
	"os"
	"path/filepath"
	"slices"
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

	// campaign is bought; the hotlines share a trunk.
	campaign = line{"campaign-line", "+14155550103", "support"}
	hotlines = []line{{"hotline-1", "+14155550104", "support"}, {"hotline-2", "+14155550105", "billing"}}
)

// nobodys is a number of nobody.
const nobodys = "+14155550106"

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
	all := []string{campaign.Number, nobodys}
	for _, line := range hotlines {
		all = append(all, line.Number)
	}
	return errors.Join(
		writeObject(folder.join("purchase.yaml"), "purchase.yaml", campaign),
		writeObject(folder.join("fleet.yaml"), "fleet.yaml", hotlines),
		writeObject(folder.join("farewell.yaml"), "farewell.yaml", all))
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

// addNumbers has the account own all numbers of the story but the one that is bought;
// the world has given it one already.
func addNumbers(w *world.World) {
	w.Twilio.AddAvailableNumbers("US", campaign.Number)
	for _, line := range slices.Concat(lines, hotlines) {
		if line.Number != w.Number {
			w.Twilio.AddNumber(w.Account.SID, line.Number, twiliosim.NumberOptions{})
		}
	}
}
