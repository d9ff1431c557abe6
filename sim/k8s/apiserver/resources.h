// sim/k8s/apiserver/resources.h: which resources the API server serves now.
//
// Concept: the built-in kinds, and those that custom resource definitions add while it runs.
// Lifetime: a kind's description stays where it is as long as the server, also when its definition
// is gone (it is then no longer found).

#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/json/value.h"
#include "sim/k8s/schema/kinds.h"

namespace sim::k8s {

class Resources {
 public:
  Resources();

  /// Null if there is none.
  [[nodiscard]] const KindInfo* find(std::string_view group, std::string_view version,
                                     std::string_view plural) const;
  /// All, the built-in ones first.
  [[nodiscard]] const std::vector<const KindInfo*>& all() const { return all_; }
  /// The versions of a group, the preferred one first.
  [[nodiscard]] std::vector<std::string_view> versions_of(std::string_view group) const;
  /// Names of groups, the core group left out, in the order of discovery.
  [[nodiscard]] std::vector<std::string_view> groups() const;

  /// Takes in what a CustomResourceDefinition defines, instead of what it defined before.
  void define(const json::Value& definition);
  void forget(std::string_view definition_name);

 private:
  /// The text that a custom kind's description refers to.
  struct Custom {
    json::Value definition;
    std::vector<std::unique_ptr<KindInfo>> kinds;
    std::vector<std::unique_ptr<std::string>> texts;
  };
  void collect();

  std::vector<const KindInfo*> all_;
  std::vector<std::unique_ptr<Custom>> custom_;
  std::vector<std::unique_ptr<Custom>> retired_;
};

}  // namespace sim::k8s
