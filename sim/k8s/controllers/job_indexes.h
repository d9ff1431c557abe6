// sim/k8s/controllers/job_indexes.h: the indexes of an Indexed job that have succeeded: `0,2-5`.
//
// Source: Kubernetes' API reference, JobStatus.completedIndexes.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sim::k8s::job {

/// A set of numbers, as ranges.
class Indexes {
 public:
  Indexes() = default;
  /// Ranges and numbers below `limit`; what is malformed is left out.
  static Indexes parse(std::string_view text, int64_t limit);

  void add(int64_t index) { add(index, index); }
  [[nodiscard]] bool contains(int64_t index) const;
  [[nodiscard]] int64_t total() const;
  [[nodiscard]] std::string text() const;
  /// The first `count` numbers below `limit` that are in neither set.
  static std::vector<int64_t> missing(const Indexes& a, const Indexes& b, int64_t count,
                                      int64_t limit);
  bool operator==(const Indexes&) const = default;

 private:
  struct Range {
    int64_t first;
    int64_t last;
    bool operator==(const Range&) const = default;
  };
  void add(int64_t first, int64_t last);
  std::vector<Range> ranges_;  // in order; neighbours do not touch
};

}  // namespace sim::k8s::job
