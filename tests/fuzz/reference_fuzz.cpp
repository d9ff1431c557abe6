// tests/fuzz/reference_fuzz.cpp: any bytes are the name of an image or are refused; a name's
// complete text is read as the same name, and so is what people would write for it.

#include "sim/container/reference.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace sim::container;

void require(bool holds) {
  if (!holds) std::abort();
}

/// Whether the original's familiar form of this name is known to say something else: without
/// docker.io, its first part is taken for a registry, or all of it for an id.
bool is_ambiguous(const Reference& name) {
  if (name.registry != kDefaultRegistry) return false;
  const std::string familiar = name.familiar();
  if (is_digest_hex(familiar)) return true;
  const std::string path = name.familiar_name();
  const std::string_view first = std::string_view(path).substr(0, path.find('/'));
  return first.size() < path.size() &&
         (first == "localhost" || first.find('.') != std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ParsedReference parsed = parse_reference(text);
  if (parsed.error) {
    require(parsed.reference == Reference() && !parsed.error.message().empty());
    return 0;
  }
  const Reference& name = parsed.reference;
  require(!name.repository.empty());
  require(static_cast<int64_t>(name.repository.size()) <= kRepositoryLengthMax);
  const ParsedReference again = parse_reference(name.text());
  require(!again.error && again.reference == name);
  if (!is_ambiguous(name)) {
    const ParsedReference familiar = parse_reference(name.familiar());
    require(!familiar.error && familiar.reference == name);
  }
  const Reference resolved = name.resolved();
  require(resolved.tag.empty() == resolved.digest.has_value());
  require(resolved.resolved() == resolved);
  return 0;
}
