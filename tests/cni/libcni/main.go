// The library of the runtimes, driven by hand:
//
//	libcni validate|add|check|del|cached|gc|status NETWORK CONTAINER NETNS IFNAME
//
// NETCONFPATH and CNI_PATH are as cnitool has them, CAP_ARGS too; CNI_ARGS is passed on. gc and status go through the part
// of the library that runs plugins where its release knows no more of them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/invoke"
	"github.com/containernetworking/cni/pkg/types"
)

func main() {
	if len(os.Args) != 6 {
		fail(errors.New("libcni VERB NETWORK CONTAINER NETNS IFNAME"))
	}
	verb, network := os.Args[1], os.Args[2]
	list, err := libcni.LoadConfList(os.Getenv("NETCONFPATH"), network)
	fail(err)
	path := filepath.SplitList(os.Getenv("CNI_PATH"))
	runtime := &libcni.RuntimeConf{ContainerID: os.Args[3], NetNS: os.Args[4], IfName: os.Args[5]}
	if text := os.Getenv("CAP_ARGS"); text != "" {
		fail(json.Unmarshal([]byte(text), &runtime.CapabilityArgs))
	}
	if text := os.Getenv("CNI_ARGS"); text != "" {
		for _, pair := range strings.Split(text, ";") {
			key, value, _ := strings.Cut(pair, "=")
			runtime.Args = append(runtime.Args, [2]string{key, value})
		}
	}
	client, ctx := libcni.NewCNIConfig(path, nil), context.Background()
	switch verb {
	case "validate":
		capabilities, err := client.ValidateNetworkList(ctx, list)
		fail(err)
		sort.Strings(capabilities)
		fmt.Println(strings.Join(capabilities, " "))
	case "add":
		result, err := client.AddNetworkList(ctx, list, runtime)
		fail(err)
		fail(result.Print())
	case "check":
		fail(client.CheckNetworkList(ctx, list, runtime))
	case "del":
		fail(client.DelNetworkList(ctx, list, runtime))
	case "cached":
		result, err := client.GetNetworkListCachedResult(list, runtime)
		fail(err)
		if result == nil {
			fail(errors.New("nothing is cached"))
		}
		fail(result.Print())
	case "gc", "status":
		for _, plugin := range list.Plugins {
			values := map[string]interface{}{"name": list.Name, "cniVersion": list.CNIVersion}
			if verb == "gc" {
				attachment := map[string]string{"containerID": runtime.ContainerID, "ifname": runtime.IfName}
				values["cni.dev/valid-attachments"] = []map[string]string{attachment}
			}
			conf, err := libcni.InjectConf(plugin, values)
			fail(err)
			program, err := invoke.FindInPath(plugin.Network.Type, path)
			fail(err)
			args := &invoke.Args{Command: strings.ToUpper(verb), Path: strings.Join(path, ":")}
			fail(invoke.ExecPluginWithoutResult(ctx, program, conf.Bytes, args, nil))
		}
	default:
		fail(fmt.Errorf("unknown verb %q", verb))
	}
}

func fail(err error) {
	if err == nil {
		return
	}
	var said *types.Error
	if errors.As(err, &said) {
		fmt.Fprintf(os.Stderr, "code %d: ", said.Code)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
