package cluster

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// e164 is what a number looks like; the API server knows no other.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// IsNumber reports whether an argument is a phone number rather than a name.
func IsNumber(argument string) bool { return strings.HasPrefix(argument, "+") }

// CheckNumber refuses what begins like a number and is none.
func CheckNumber(number string) error {
	if !e164.MatchString(number) {
		return fmt.Errorf("%q is not a number in E.164: a plus sign, the country code and the rest, digits only, such as +14155550100", number)
	}
	return nil
}

// empty makes an object of what TYPE can be in TYPE/NAME.
var empty = map[string]func() v1alpha1.Owner{
	"phonenumber":  func() v1alpha1.Owner { return &v1alpha1.PhoneNumber{} },
	"phonenumbers": func() v1alpha1.Owner { return &v1alpha1.PhoneNumber{} },
	"phone":        func() v1alpha1.Owner { return &v1alpha1.PhoneNumber{} },
	"siptrunk":     func() v1alpha1.Owner { return &v1alpha1.SIPTrunk{} },
	"siptrunks":    func() v1alpha1.Owner { return &v1alpha1.SIPTrunk{} },
}

// Find returns the object that an argument names: NAME, TYPE/NAME, or a number in E.164.
func (c *Cluster) Find(ctx context.Context, argument string) (v1alpha1.Owner, error) {
	return c.FindIn(ctx, argument, c.Namespace)
}

// FindIn is Find in a namespace; a number is looked for in all of them if that is empty.
func (c *Cluster) FindIn(ctx context.Context, argument, namespace string) (v1alpha1.Owner, error) {
	if IsNumber(argument) {
		return c.findNumber(ctx, argument, namespace)
	}
	kind, name, typed := strings.Cut(argument, "/")
	if !typed {
		kind, name = "phonenumber", argument
	}
	kind, _, _ = strings.Cut(kind, ".")
	construct, ok := empty[strings.ToLower(kind)]
	if !ok || name == "" {
		return nil, fmt.Errorf("%q is none of NAME, phonenumber/NAME, siptrunk/NAME and a number in E.164, such as +14155550100", argument)
	}
	owner := construct()
	err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, owner)
	if apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("there is no %s %q in the namespace %s", owner.Identity().Kind, name, namespace)
	}
	return owner, Explain(err)
}

func (c *Cluster) findNumber(ctx context.Context, number, namespace string) (v1alpha1.Owner, error) {
	found, err := c.Numbered(ctx, number, namespace)
	if err != nil {
		return nil, err
	}
	where := "in the namespace " + namespace
	if namespace == "" {
		where = "in any namespace"
	}
	switch len(found) {
	case 0:
		return nil, fmt.Errorf("there is no PhoneNumber with the number %s %s", number, where)
	case 1:
		return &found[0], nil
	}
	var names []string
	for _, object := range found {
		names = append(names, object.Namespace+"/"+object.Name)
	}
	return nil, fmt.Errorf("several PhoneNumbers have the number %s: %s; name the one that is meant", number, strings.Join(names, ", "))
}

// Numbered lists the PhoneNumbers of a number.
func (c *Cluster) Numbered(ctx context.Context, number, namespace string) ([]v1alpha1.PhoneNumber, error) {
	if err := CheckNumber(number); err != nil {
		return nil, err
	}
	var list v1alpha1.PhoneNumberList
	err := c.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{"spec.number": number})
	return list.Items, Explain(err)
}

// Each goes through the objects of a list.
func Each(list client.ObjectList, do func(client.Object)) {
	// It fails only for what is no list.
	_ = meta.EachListItem(list, func(item runtime.Object) error {
		if object, ok := item.(client.Object); ok {
			do(object)
		}
		return nil
	})
}

// Owners lists all numbers and trunks of a namespace, or of all namespaces if that is empty.
func (c *Cluster) Owners(ctx context.Context, namespace string) ([]v1alpha1.Owner, error) {
	var owners []v1alpha1.Owner
	for _, list := range []client.ObjectList{&v1alpha1.PhoneNumberList{}, &v1alpha1.SIPTrunkList{}} {
		if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, Explain(err)
		}
		Each(list, func(object client.Object) {
			if owner, ok := object.(v1alpha1.Owner); ok {
				owners = append(owners, owner)
			}
		})
	}
	return owners, nil
}
