#include "sim/k8s/schema/schema.h"

#include <algorithm>

namespace sim::k8s {

const Field* Schema::field(std::string_view field_name) const {
  const auto found = std::lower_bound(
      fields.begin(), fields.end(), field_name,
      [](const Field& field, std::string_view wanted) { return field.name < wanted; });
  return found != fields.end() && found->name == field_name ? &*found : nullptr;
}

}  // namespace sim::k8s
