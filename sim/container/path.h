// sim/container/path.h: absolute paths of a container's files, and their order.
//
// Concept: a path as it is stored is absolute and clean: `/`, or `/a/b` with no empty part, no `.`
// and no `..`. PathLess sorts a directory right before everything below it, because it takes `/`
// for less than any other byte; so a subtree is one stretch of a sorted container.

#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

namespace sim::container {

/// Orders clean paths: a directory, what lies below it, then what follows it.
struct PathLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const {
    const size_t common = std::min(a.size(), b.size());
    for (size_t i = 0; i < common; ++i) {
      if (a[i] == b[i]) continue;
      if (a[i] == '/' || b[i] == '/') return a[i] == '/';
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[i]);
    }
    return a.size() < b.size();
  }
};

/// Whether `path` is as it is stored.
[[nodiscard]] bool is_clean_path(std::string_view path);
/// The directory that holds `path`; `/` is its own.
[[nodiscard]] std::string_view parent_path(std::string_view path);
/// The last part; empty for `/`.
[[nodiscard]] std::string_view base_name(std::string_view path);
[[nodiscard]] std::string join_path(std::string_view directory, std::string_view name);
/// `path` without empty parts, `.` and `..`; seen from `base`, a clean path, if it is relative.
/// What it writes is clean; links are not looked at. Source: Go documentation, `path.Clean`.
[[nodiscard]] std::string clean_path(std::string_view path, std::string_view base = "/");
/// Whether `path` lies below `directory`.
[[nodiscard]] bool is_below(std::string_view path, std::string_view directory);

/// A key that comes after `path` and everything below it, and before whatever follows.
[[nodiscard]] std::string after_subtree(std::string_view path);

}  // namespace sim::container
