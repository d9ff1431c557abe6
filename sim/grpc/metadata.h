// sim/grpc/metadata.h: what travels with a call beside its messages.
//
// Keys are in lower case; a key may have several values. Keys that end in `-bin` have binary
// values, which are base64 on the wire and plain here. Keys that begin with `grpc-` or `:`, and
// what HTTP/2 itself uses, are not the application's.
// Source: gRPC over HTTP/2, "Custom-Metadata"; Go documentation, package metadata.

#pragma once

#include <deque>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/http2/fields.h"

namespace sim::grpc {

class Metadata {
 public:
  using Pair = std::pair<std::string, std::string>;
  Metadata() = default;
  Metadata(std::initializer_list<Pair> pairs) {
    for (const auto& [key, value] : pairs) add(key, value);
  }

  /// The first value of `key`, or nothing.
  [[nodiscard]] std::string_view get(std::string_view key) const;
  [[nodiscard]] bool has(std::string_view key) const;
  void add(std::string_view key, std::string_view value);
  [[nodiscard]] bool empty() const { return pairs_.empty(); }
  [[nodiscard]] auto begin() const { return pairs_.begin(); }
  [[nodiscard]] auto end() const { return pairs_.end(); }

  /// Takes the application's fields of a header block.
  void take(const http2::Fields& fields);
  /// Appends the pairs as fields of a header block, without those that are not the application's.
  /// `texts` keeps what the views need.
  void append_to(std::vector<http2::HeaderFieldView>& fields, std::deque<std::string>& texts) const;

 private:
  std::vector<Pair> pairs_;
};

}  // namespace sim::grpc
