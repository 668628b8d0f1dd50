// The engine evaluates what users wrote for Go: templates, JSON paths, regular expressions and YAML. It is Go's own
// code, built for WebAssembly as a reactor: the host calls `_initialize` once, then for each request `allocate`, writes
// the request there and calls one of the operations. Requests and responses are frames (internal/frames); what each
// operation takes and gives is told in internal/operations.
package main

import (
	"runtime/debug"
	_ "time/tzdata" // there are no files to read time zones from
	"unsafe"

	"secretcast/engine/internal/operations"
)

// softMemoryBytes is where the collector starts to work harder. The module's memory ends at 128 MiB (build.ts), and what
// a large render leaves behind has to be used again before that is reached.
const softMemoryBytes = 96 << 20

func init() { debug.SetMemoryLimit(softMemoryBytes) }

func main() {}

// request and response keep their memory until the next call, for the host to write and read.
var request, response []byte

//go:wasmexport allocate
func allocate(size uint32) uint32 {
	response = nil
	request = make([]byte, size)
	return address(request)
}

//go:wasmexport render
func render(pointer, length uint32) uint64 { return answer(operations.Render, length) }

//go:wasmexport transform
func transform(pointer, length uint32) uint64 { return answer(operations.Transform, length) }

//go:wasmexport replace
func replace(pointer, length uint32) uint64 { return answer(operations.Replace, length) }

//go:wasmexport match
func match(pointer, length uint32) uint64 { return answer(operations.Match, length) }

//go:wasmexport get
func get(pointer, length uint32) uint64 { return answer(operations.Get, length) }

//go:wasmexport set
func set(pointer, length uint32) uint64 { return answer(operations.Set, length) }

//go:wasmexport delete
func remove(pointer, length uint32) uint64 { return answer(operations.Delete, length) }

//go:wasmexport yamltojson
func yamltojson(pointer, length uint32) uint64 { return answer(operations.YAMLToJSON, length) }

func answer(operation operations.Operation, length uint32) uint64 {
	if uint64(length) > uint64(len(request)) {
		length = uint32(len(request))
	}
	response = operations.Answer(operation, request[:length])
	request = nil
	return uint64(address(response))<<32 | uint64(uint32(len(response)))
}

func address(buffer []byte) uint32 {
	return uint32(uintptr(unsafe.Pointer(unsafe.SliceData(buffer))))
}
