package openapi

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

const formContent = "application/x-www-form-urlencoded"

// validateForm checks the parameters of a request body. The library's own decoder for forms drops what it cannot decode or does not
// know, which is exactly what has to be seen here.
func validateForm(operation *openapi3.Operation, header http.Header, sent []byte) error {
	if operation.RequestBody == nil {
		return onlyIf(len(sent) > 0, "the operation takes no body")
	}
	if kind, _, err := mime.ParseMediaType(header.Get("Content-Type")); len(sent) > 0 && (err != nil || kind != formContent) {
		return fmt.Errorf("a body of type %q is no form", header.Get("Content-Type"))
	}
	media := operation.RequestBody.Value.Content.Get(formContent)
	if media == nil {
		return errors.New("the document has no form for this operation")
	}
	values, err := url.ParseQuery(string(sent))
	if err != nil {
		return err
	}
	schema := media.Schema.Value
	parameters, err := decode(schema, values)
	return errors.Join(err, schema.VisitJSON(parameters, openapi3.MultiErrors(), openapi3.VisitAsRequest()))
}

func onlyIf(wrong bool, text string) error {
	if wrong {
		return errors.New(text)
	}
	return nil
}

func decode(schema *openapi3.Schema, values url.Values) (map[string]any, error) {
	parameters, unknown := map[string]any{}, []error{}
	for name, texts := range values {
		property, known := schema.Properties[name]
		if !known {
			unknown = append(unknown, fmt.Errorf("unknown parameter %s", name))
			continue
		}
		parameters[name] = decodeValue(property.Value, texts)
	}
	return parameters, errors.Join(unknown...)
}

// decodeValue leaves a text that does not fit its type as it is: the schema then names it.
func decodeValue(schema *openapi3.Schema, texts []string) any {
	if schema.Type.Is("array") {
		list := []any{}
		for _, text := range texts {
			list = append(list, decodeText(schema.Items.Value, text))
		}
		return list
	}
	return decodeText(schema, texts[0])
}

func decodeText(schema *openapi3.Schema, text string) any {
	switch {
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		if number, err := strconv.ParseFloat(text, 64); err == nil {
			return number
		}
	case schema.Type.Is("boolean"):
		if text == "true" || text == "false" {
			return text == "true"
		}
	}
	return text
}
