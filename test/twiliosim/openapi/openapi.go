// Package openapi checks traffic with Twilio against Twilio's own OpenAPI documents: what a client asks and what a server answers.
//
// The documents are not part of this project. Folder says where they were found; without them nothing can be checked. They describe
// successful answers only, so error answers pass as they are, and they know nothing of state.
package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/getkin/kin-openapi/openapi3"
)

// FolderVariable is the environment variable that names the folder of the documents.
const FolderVariable = "CALLPLANE_TWILIO_SPECS"

var documentNames = []string{"twilio_trunking_v1.json", "twilio_api_v2010.json"}

// Documents are the two loaded documents. They may be used by many requests at once.
type Documents struct{ templates []template }

// Folder returns the first folder that holds both documents: the one of FolderVariable, then the candidates. It is empty when there
// is none.
func Folder(candidates ...string) string {
	for _, folder := range append([]string{os.Getenv(FolderVariable)}, candidates...) {
		if folder != "" && complete(folder) {
			return folder
		}
	}
	return ""
}

func complete(folder string) bool {
	for _, name := range documentNames {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// Load reads both documents from a folder.
func Load(folder string) (*Documents, error) {
	documents := &Documents{}
	for _, name := range documentNames {
		document, err := load(filepath.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("loading %s: %w", name, err)
		}
		documents.templates = append(documents.templates, templates(document)...)
	}
	return documents, nil
}

func load(path string) (*openapi3.T, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	patched, err := patch(text)
	if err != nil {
		return nil, err
	}
	return openapi3.NewLoader().LoadFromData(patched)
}

// patch closes the gaps through which wrong traffic would pass unseen.
func patch(text []byte) ([]byte, error) {
	var document map[string]any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&document); err != nil {
		return nil, err
	}
	repair(document)
	return json.Marshal(document)
}

func repair(node any) {
	switch node := node.(type) {
	case map[string]any:
		repairObject(node)
		for _, child := range node {
			repair(child)
		}
	case []any:
		for _, child := range node {
			repair(child)
		}
	}
}

func repairObject(node map[string]any) {
	// Traffic of tests goes to loopback, so a document must not insist on Twilio's hosts; nor are examples needed.
	for _, name := range []string{"servers", "examples"} {
		if _, isList := node[name].([]any); isList || name == "examples" {
			delete(node, name)
		}
	}
	// A schema with nullable but no type compiles to one that accepts anything around it.
	if _, nullable := node["nullable"].(bool); nullable && node["type"] == nil && node["$ref"] == nil {
		delete(node, "nullable")
	}
}

var errUnknown = errors.New("no operation of Twilio's documents")
