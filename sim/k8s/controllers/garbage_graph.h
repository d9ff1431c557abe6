// sim/k8s/controllers/garbage_graph.h: who owns whom, and who has to be looked at when that
// changes.
//
// Concept: a node for each object that was seen, and a virtual one for each owner that was only
// named. Events move the graph; what they may have set free comes out as work. Pure: nothing here
// waits or writes. Lifetime: a counted object; handles into it do not outlive the next event.
// Determinism: nodes by uid, which order nothing but the order of work.
// Source: Kubernetes' documentation, "Garbage Collection"; kube-controller-manager's
// GraphBuilder.

#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/sync/counted.h"
#include "sim/k8s/api/object.h"

namespace sim::k8s {

inline constexpr std::string_view kForegroundFinalizer = "foregroundDeletion";
inline constexpr std::string_view kOrphanFinalizer = "orphan";

struct GarbageNode {
  std::string api_version;
  std::string kind;
  std::string space;  // of a virtual node: of the one that named it
  std::string name;
  std::string uid;
  /// Its ownerReferences.
  Value owners;
  std::set<std::string> dependents;  // uids
  bool being_deleted = false;
  /// It waits for its dependents to go first (propagation "Foreground").
  bool deleting_dependents = false;
  /// Only named as an owner so far.
  bool is_virtual = false;
};

class GarbageGraph : public engine::Counted<GarbageGraph> {
 public:
  /// An object was added or changed; its kind as its informer knows it.
  void put(const Value& object, ObjectKind kind);
  /// An object is gone; also one that was only named and turned out not to exist.
  void drop(std::string_view uid);

  /// Null if there is none.
  [[nodiscard]] const GarbageNode* find(std::string_view uid) const;
  /// The dependents that keep `uid` from going: those with blockOwnerDeletion.
  [[nodiscard]] std::vector<std::string> blocking(std::string_view uid) const;
  [[nodiscard]] std::vector<std::string> dependents_of(std::string_view uid) const;
  /// Known not to exist: was seen to go, or looked for in vain.
  [[nodiscard]] bool is_absent(std::string_view uid) const { return absent_.contains(uid); }
  [[nodiscard]] size_t size() const { return nodes_.size(); }

  /// Uids that may have to be deleted, and those whose dependents are to be orphaned, in order and
  /// without doubles; the graph has no more of them.
  struct Work {
    std::vector<std::string> to_delete;
    std::vector<std::string> to_orphan;
  };
  Work take_work();

 private:
  /// Source: the absentOwnerCache keeps 500.
  static constexpr size_t kAbsentMost = 500;

  void join_owners(const GarbageNode& node, const Value& references);
  void leave_owners(const GarbageNode& node, const Value& references);
  void unblock_owners(const Value& before, const Value& after);
  void take_transition(GarbageNode& node, const Value& object);
  void want_delete(const std::string& uid);
  void note_absent(const std::string& uid);

  std::map<std::string, GarbageNode, std::less<>> nodes_;
  std::map<std::string, uint64_t, std::less<>> absent_;  // with when it was noted
  std::map<uint64_t, std::string> absent_order_;
  uint64_t noted_ = 0;
  Work work_;
  std::set<std::string> wanted_;  // in work_.to_delete
};

/// What to do about an object whose owners were looked at.
struct GarbageVerdict {
  enum class Kind : uint8_t {
    kKeep,
    kDropOwners,  // of `uids`: they are gone or on their way out, but another one stays
    kDelete,      // with `propagation`
  };
  Kind kind = Kind::kKeep;
  std::vector<std::string> uids;
  std::string_view propagation = {};
  /// Its blockOwnerDeletion is taken away first: it and a dependent wait for each other.
  bool unblock_owners = false;
};

/// How an owner was found.
enum class OwnerState : uint8_t { kSolid, kAbsent, kWaitingForDependents };

struct OwnerFinding {
  std::string uid;
  OwnerState state = OwnerState::kSolid;
};

/// `live` is the object as the API server has it; `findings` one for each of its owners.
GarbageVerdict judge(const GarbageGraph& graph, const Value& live,
                     const std::vector<OwnerFinding>& findings);

/// `metadata.ownerReferences` without those, as a merge patch that holds for this version only.
Value patch_without_owners(const Value& object, const std::vector<std::string>& uids);
/// The same with blockOwnerDeletion false everywhere.
Value patch_unblocking(const Value& object);

}  // namespace sim::k8s
