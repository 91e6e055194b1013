// SPDX-License-Identifier: GPL-2.0-only
/* C++: a small map from ranges to objects that owns what it holds. */
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include <maple_tree.h>
#include <urcu.h>

template <typename T> class interval_map
{
      public:
	interval_map()
	{
		mt_init(&tree_);
	}
	interval_map(const interval_map &) = delete;
	interval_map &operator=(const interval_map &) = delete;
	~interval_map()
	{
		unsigned long index = 0;
		void *entry;

		mt_for_each (&tree_, entry, index, ULONG_MAX)
			delete static_cast<T *>(entry);
		mtree_destroy(&tree_);
	}

	/* Both ends belong to the range. It must be free. */
	void insert(unsigned long first, unsigned long last, std::unique_ptr<T> value)
	{
		int err = mtree_insert_range(&tree_, first, last, value.get(), GFP_KERNEL);

		if (err)
			throw std::system_error(-err, std::generic_category(), "insert");
		value.release();
	}

	const T *find(unsigned long index)
	{
		return static_cast<const T *>(mtree_load(&tree_, index));
	}

	std::unique_ptr<T> erase(unsigned long index)
	{
		return std::unique_ptr<T>(static_cast<T *>(mtree_erase(&tree_, index)));
	}

      private:
	struct maple_tree tree_;
};

int main()
{
	rcu_register_thread();
	{
		interval_map<std::string> map;

		map.insert(0, 99, std::make_unique<std::string>("first"));
		map.insert(100, 199, std::make_unique<std::string>("second"));
		std::cout << "150 is in the " << *map.find(150) << " range\n";
		try {
			map.insert(50, 60, std::make_unique<std::string>("third"));
		} catch (const std::system_error &error) {
			std::cout << error.what() << "\n";
		}
		std::cout << "erased the " << *map.erase(7) << " range\n";
		std::cout << "7 is " << (map.find(7) ? "taken" : "free") << "\n";
	}
	rcu_unregister_thread();
	return 0;
}
