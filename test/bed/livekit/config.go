package livekit

import "encoding/json"

// config is the server's configuration. JSON is YAML, and quotes keys and
// secrets whatever they hold. Everything in it serves to open one port on
// loopback and no other socket.
func (s *Server) config() string {
	type object = map[string]any
	text, err := json.Marshal(object{
		"port":           s.port,
		"bind_addresses": []string{"127.0.0.1"},
		"redis":          object{"address": s.redis.Addr()},
		"rtc": object{
			// A node address keeps the server from asking STUN servers for one.
			"node_ip":         "127.0.0.1",
			"use_external_ip": false,
			"tcp_port":        0,
			// With a range nothing is opened until a room exists.
			"port_range_start":          50000,
			"port_range_end":            50100,
			"enable_loopback_candidate": true,
			"interfaces":                object{"includes": []string{"lo", "lo0"}},
		},
		"keys":    map[string]string{s.key: s.secret},
		"logging": object{"level": "info", "json": true},
	})
	if err != nil {
		panic(err) // a map of plain values always encodes
	}
	return string(text)
}
