// SPDX-License-Identifier: Apache-2.0
#include "src/model/schema.h"

#include "tests/fuzz/property.h"

namespace {

using namespace ductape;
using fuzz::require;
using model::Schema;

void sample_fits(std::string_view sample) {
  const auto schema = Schema::infer(sample);
  if (!schema) return;
  const auto violation = schema->check(sample);
  if (violation)
    require(false, "a sample fits its own schema; at '" + violation->path + "' expected " + violation->expected +
                       ", found " + violation->found);
}

}  // namespace

// The whole is a sample; and what stands before its first empty line is one for the body behind that.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = fuzz::text_of(data, size);
  sample_fits(text);
  const auto end = text.find("\n\n");
  if (end == text.npos) return 0;
  const auto schema = Schema::infer(text.substr(0, end));
  if (!schema) return 0;
  const auto violation = schema->check(text.substr(end + 2));
  if (violation) require(!violation->expected.empty() && !violation->found.empty(), "a violation says what is wrong");
  return 0;
}
