// `kedge handler-test`: does this handler keep the contract of handlers/PROTOCOL.md?
//
// The handler is really run, cancelled, killed and rolled back, many times, as kedged would do it. For its
// author, on a machine that is meant for that.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace kedge::conform {

// `arguments`: what stands behind "handler-test". `out` gets the report, piece by piece, `err` a sentence
// about what is wrong with the call. Gives the exit status: 0 kept, 1 broken, 2 wrong call or nothing could
// be tested.
int HandlerTest(const std::vector<std::string>& arguments, const std::function<void(const std::string&)>& out,
                const std::function<void(const std::string&)>& err);

}  // namespace kedge::conform
