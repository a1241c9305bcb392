// Package argocdlua runs the scripts of config/argocd as Argo CD runs those of its
// ConfigMap, and reads the test data that is beside them, in Argo CD's own format. It
// knows nothing of what the scripts decide.
package argocdlua

import (
	"context"
	"errors"
	"fmt"
	"time"

	lua "github.com/yuin/gopher-lua"
)

// timeLimit is Argo CD's.
const timeLimit = time.Second

// Run runs a script with an object as the global obj, and returns what it returns.
func Run(script string, object map[string]any) (any, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	if err := openLibraries(state); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeLimit)
	defer cancel()
	state.SetContext(ctx)
	state.SetGlobal("obj", toLua(state, object))
	if err := state.DoString(script); err != nil {
		return nil, plain(err)
	}
	return fromLua(state.Get(-1)), nil
}

// openLibraries opens what Argo CD opens for a script of its ConfigMap: base, table and
// package, and of os what tells the time, for require.
func openLibraries(state *lua.LState) error {
	for name, open := range map[string]lua.LGFunction{
		lua.LoadLibName: lua.OpenPackage, lua.BaseLibName: lua.OpenBase, lua.TabLibName: lua.OpenTable, lua.OsLibName: lua.OpenOs,
	} {
		call := lua.P{Fn: state.NewFunction(open), Protect: true}
		if err := state.CallByParam(call, lua.LString(name)); err != nil {
			return fmt.Errorf("opening the library %s: %w", name, err)
		}
	}
	whole := state.GetGlobal(lua.OsLibName).(*lua.LTable)
	state.SetGlobal(lua.OsLibName, lua.LNil)
	state.SetField(state.GetField(state.Get(lua.RegistryIndex), "_LOADED"), lua.OsLibName, lua.LNil)
	state.PreloadModule(lua.OsLibName, func(state *lua.LState) int {
		safe := state.NewTable()
		for _, name := range []string{"date", "time"} {
			safe.RawSetString(name, whole.RawGetString(name))
		}
		state.Push(safe)
		return 1
	})
	return nil
}

// plain leaves the stack trace out, as Argo CD does for people.
func plain(err error) error {
	if failure, ok := errors.AsType[*lua.ApiError](err); ok && failure.Type == lua.ApiErrorRun {
		return errors.New(failure.Object.String())
	}
	return err
}

func toLua(state *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case string:
		return lua.LString(value)
	case float64:
		return lua.LNumber(value)
	case []any:
		table := state.CreateTable(len(value), 0)
		for _, item := range value {
			table.Append(toLua(state, item))
		}
		return table
	case map[string]any:
		table := state.CreateTable(0, len(value))
		for key, item := range value {
			table.RawSetString(key, toLua(state, item))
		}
		return table
	default:
		return lua.LNil
	}
}

// fromLua makes an empty table an empty map: Lua cannot tell it from an empty list.
func fromLua(value lua.LValue) any {
	switch value := value.(type) {
	case lua.LBool:
		return bool(value)
	case lua.LString:
		return string(value)
	case lua.LNumber:
		return float64(value)
	case *lua.LTable:
		return fromTable(value)
	default:
		return nil
	}
}

func fromTable(table *lua.LTable) any {
	if length := table.Len(); length > 0 {
		list := make([]any, length)
		for i := range list {
			list[i] = fromLua(table.RawGetInt(i + 1))
		}
		return list
	}
	fields := map[string]any{}
	table.ForEach(func(key, value lua.LValue) { fields[key.String()] = fromLua(value) })
	return fields
}
