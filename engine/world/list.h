// engine/world/list.h: an intrusive doubly linked list.
//
// Nodes live inside the objects they link (in coroutine frames, channels, tasks), so linking never
// allocates, and a node unlinks itself when it is destroyed: a frame that dies leaves no trace of
// itself in the queues it waited in. Order is insertion order; nothing depends on addresses.

#pragma once

#include "engine/world/check.h"

namespace engine {

/// Base of what can be linked. One object derives once per list it can be in (`Tag` tells them
/// apart).
template <class Tag>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  [[nodiscard]] bool linked() const { return next_ != nullptr; }

  /// Leaves the list it is in, if any.
  void unlink() {
    if (next_ == nullptr) return;
    next_->prev_ = prev_;
    prev_->next_ = next_;
    next_ = prev_ = nullptr;
  }

 private:
  template <class T, class U>
  friend class List;
  ListNode* next_ = nullptr;
  ListNode* prev_ = nullptr;
};

/// A list of `T`, which derives from `ListNode<Tag>`. Does not own. Stays where it is (it is
/// circular through its own head).
template <class T, class Tag>
class List {
 public:
  using Node = ListNode<Tag>;

  List() { head_.next_ = head_.prev_ = &head_; }
  List(const List&) = delete;
  List& operator=(const List&) = delete;
  ~List() {
    while (!empty()) head_.next_->unlink();
    head_.next_ = head_.prev_ = nullptr;
  }

  [[nodiscard]] bool empty() const { return head_.next_ == &head_; }
  [[nodiscard]] T* front() const { return empty() ? nullptr : cast(head_.next_); }
  [[nodiscard]] T* back() const { return empty() ? nullptr : cast(head_.prev_); }

  void push_back(T& item) { insert_before(head_, item); }
  void push_front(T& item) { insert_before(*head_.next_, item); }

  T* pop_front() {
    if (empty()) return nullptr;
    T* item = cast(head_.next_);
    static_cast<Node*>(item)->unlink();
    return item;
  }

  T* pop_back() {
    if (empty()) return nullptr;
    T* item = cast(head_.prev_);
    static_cast<Node*>(item)->unlink();
    return item;
  }

  class Iterator {
   public:
    Iterator(const Node* at) : at_(at) {}
    T& operator*() const { return *cast(at_); }
    Iterator& operator++() {
      at_ = next(at_);
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Node* at_;
  };
  Iterator begin() const { return {head_.next_}; }
  Iterator end() const { return {&head_}; }

 private:
  static const Node* next(const Node* node) { return node->next_; }
  static T* cast(const Node* node) { return static_cast<T*>(const_cast<Node*>(node)); }
  static void insert_before(Node& place, T& item) {
    Node& node = item;
    ENGINE_CHECK(node.next_ == nullptr);
    node.prev_ = place.prev_;
    node.next_ = &place;
    place.prev_->next_ = &node;
    place.prev_ = &node;
  }

  mutable Node head_;
};

}  // namespace engine
