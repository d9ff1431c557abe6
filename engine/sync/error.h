// engine/sync/error.h: errors as values, with the rules of Go's packages errors and fmt.
//
// Concept: an Error is nil, a sentinel, or a counted handle to an error that was made. A sentinel
// is a constant of the program, and only its identity counts:
//
//   inline constexpr Sentinel kNotFound("not found");
//   Task<Error> load(std::string name) {
//     ...
//     if (missing) co_return errorf("load ", name, ": ", kNotFound);  // Go's %w
//     co_return nullptr;
//   }
//   if (errors_is(err, kNotFound)) ...
//
// Determinism: nothing depends on addresses but equality. Lifetime: an error that was made lives in
// the world where it was made, as long as its last handle. Two words, as Go's interface.
// Source: Go documentation, packages `errors` and `fmt` (Errorf).
// Not modelled: an error of a type that cannot be compared, which Go panics on.

#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/sync/counted.h"
#include "engine/task/print.h"

namespace engine {

class Error;

/// An error that is a constant, such as Go's io.EOF. REQUIRES: static storage; `text` is a literal.
class Sentinel {
 public:
  explicit constexpr Sentinel(std::string_view text) : text_(text) {}
  Sentinel(const Sentinel&) = delete;
  Sentinel& operator=(const Sentinel&) = delete;
  [[nodiscard]] constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

namespace detail {

const void* find_error_value(const Error& error, const void* type);

/// An error that was made.
class ErrorBox : public Counted<ErrorBox> {
 public:
  virtual ~ErrorBox() = default;
  virtual void append_message(std::string& out) const = 0;
  /// As Go's == of two errors that are not the same one.
  [[nodiscard]] virtual bool equals(const ErrorBox&) const { return false; }
  /// Whether it says itself that it is `target`.
  [[nodiscard]] virtual bool is(const Error&) const { return false; }
  /// The value, if it is one of that type.
  [[nodiscard]] virtual const void* value(const void* /*type*/) const { return nullptr; }
  /// What it wraps.
  [[nodiscard]] virtual std::span<const Error> wrapped() const = 0;
  /// Whether it stands for one wrapped error, rather than for several.
  [[nodiscard]] virtual bool wraps_one() const { return false; }
};

}  // namespace detail

/// Go's `error`. Nil by default.
class Error {
 public:
  Error() = default;
  Error(std::nullptr_t) {}                                   // NOLINT: Go's nil
  Error(const Sentinel& sentinel) : sentinel_(&sentinel) {}  // NOLINT: is an error
  Error(const Sentinel&&) = delete;
  explicit Error(Ref<detail::ErrorBox> box) : box_(std::move(box)) {}

  /// Whether there is an error: Go's `err != nil`.
  explicit operator bool() const { return sentinel_ != nullptr || box_; }
  /// Go's Error(); `<nil>`, as fmt prints it, if there is none.
  [[nodiscard]] std::string message() const;
  /// As Go's ==: the same sentinel, the same errors_new() or errorf(), or values of one type that
  /// are equal.
  bool operator==(const Error& other) const;

 private:
  friend void append_operand(std::string& out, const Error& error);
  friend bool errors_is(const Error& error, const Error& target);
  friend Error errors_unwrap(const Error& error);
  friend const void* detail::find_error_value(const Error& error, const void* type);

  const Sentinel* sentinel_ = nullptr;
  Ref<detail::ErrorBox> box_;
};

/// Appends message().
void append_operand(std::string& out, const Error& error);

/// A new error, different from all others. Source: `errors.New`.
Error errors_new(std::string_view text);
/// Whether `error`, or one that it wraps, is `target`. Source: `errors.Is`.
bool errors_is(const Error& error, const Error& target);
/// The error that `error` wraps; nil if it wraps none, or several. Source: `errors.Unwrap`.
Error errors_unwrap(const Error& error);
/// One error that wraps all those that are not nil, its message one line for each; nil if all are.
/// Source: `errors.Join`.
Error errors_join(std::span<const Error> errors);
template <std::convertible_to<Error>... E>
Error errors_join(const E&... errors) {
  const Error all[] = {Error(errors)...};
  return errors_join(std::span<const Error>(all));
}

namespace detail {

Error make_wrapping(std::string text, std::vector<Error> wrapped);

template <class T>
inline constexpr char kErrorType = 0;

/// An error with a value of the program's own type.
template <class T>
class ErrorOf final : public ErrorBox {
 public:
  explicit ErrorOf(T value) : value_(std::move(value)) {
    if constexpr (requires { value_.unwrap(); }) wrapped_ = value_.unwrap();
  }
  void append_message(std::string& out) const override { out += value_.message(); }
  [[nodiscard]] bool equals(const ErrorBox& other) const override {
    if constexpr (std::equality_comparable<T>) {
      const void* const theirs = other.value(&kErrorType<T>);
      return theirs != nullptr && value_ == *static_cast<const T*>(theirs);
    } else {
      return false;
    }
  }
  [[nodiscard]] bool is(const Error& target) const override {
    if constexpr (requires { value_.is(target); }) return value_.is(target);
    return false;
  }
  [[nodiscard]] const void* value(const void* type) const override {
    return type == &kErrorType<T> ? &value_ : nullptr;
  }
  [[nodiscard]] std::span<const Error> wrapped() const override {
    return {&wrapped_, wrapped_ ? 1U : 0U};
  }
  [[nodiscard]] bool wraps_one() const override { return static_cast<bool>(wrapped_); }

 private:
  T value_;
  Error wrapped_;
};

template <class T>
void append_part(std::string& text, std::vector<Error>& wrapped, const T& part) {
  if constexpr (std::convertible_to<const T&, Error>) {
    const Error error(part);
    text += error ? error.message() : std::string("%!w(<nil>)");
    if (error) wrapped.push_back(error);
  } else {
    append_operand(text, part);
  }
}

}  // namespace detail

/// An error whose text is that of its parts in a row; it wraps those parts that are errors. Give
/// message() instead of an error that is not to be wrapped (Go's %v). Source: `fmt.Errorf`.
template <class... T>
Error errorf(const T&... parts) {
  std::string text;
  std::vector<Error> wrapped;
  (detail::append_part(text, wrapped, parts), ...);
  return detail::make_wrapping(std::move(text), std::move(wrapped));
}

/// An error of the program's own type. `T` has `std::string message() const`. If it has ==, two of
/// them are equal by value, as structs in Go; else each equals only itself, as Go's pointers. It
/// may have `Error unwrap() const` and `bool is(const Error& target) const`, as in Go.
template <class T>
Error make_error(T value) {
  return Error(Ref<detail::ErrorBox>(new detail::ErrorOf<T>(std::move(value))));
}

/// The value of the first error of type T in what `error` is and wraps; null if there is none. It
/// lives as long as a handle to that error does. Source: `errors.As`.
template <class T>
const T* errors_as(const Error& error) {
  return static_cast<const T*>(detail::find_error_value(error, &detail::kErrorType<T>));
}

}  // namespace engine
