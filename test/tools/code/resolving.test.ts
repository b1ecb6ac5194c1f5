import t from 'tap'
import { languageOfFile } from '../../../domain/code/languages.ts'
import { readSource } from '../../../domain/code/reader.ts'
import { linksOf, TooManyLinksError } from '../../../domain/code/resolvers/index.ts'

const signal = new AbortController().signal

/**
 * Returns for each importing file the project files that it imports and, after a bar, the rest.
 */
async function links(contents: Record<string, string>): Promise<Record<string, string>> {
  const files = []
  for (const [path, content] of Object.entries(contents)) {
    const language = languageOfFile(path)
    files.push({ path, language, ...(await readSource({ path, language, content }, signal))! })
  }
  const summaries = [...(await linksOf(files, signal))].map(([path, { files, elsewhere }]) => [
    path,
    `${[...files].sort().join(' ')}${elsewhere.length > 0 ? ` | ${elsewhere.join(' ')}` : ''}`
  ])
  return Object.fromEntries(summaries.filter(([, summary]) => summary !== ''))
}

t.test(
  'TypeScript and JavaScript: relative paths, index files, packages of the repository',
  async (t) => {
    t.same(
      await links({
        'package.json': '{ "name": "@shop/web" }',
        'src/index.ts': '',
        'src/a.ts':
          "import './b.js'\nimport './c'\nimport './folder'\nimport '../top.mjs'\n" +
          "import './view.jsx'\nimport 'react'\nimport '@shop/web'\nimport '@shop/web/b'\n" +
          "import '../../out'",
        'src/b.ts': "export * from './a?raw'",
        'src/c.tsx': "const b = require('./b')",
        'src/folder/index.js': "import('..')",
        'src/view.tsx': '',
        'top.mts': "import './missing.js'"
      }),
      {
        'src/a.ts':
          'src/b.ts src/c.tsx src/folder/index.js src/index.ts src/view.tsx top.mts ' +
          '| react ../../out',
        'src/b.ts': 'src/a.ts',
        'src/c.tsx': 'src/b.ts',
        'src/folder/index.js': 'src/index.ts',
        'top.mts': ' | ./missing.js'
      }
    )
  }
)

t.test(
  'TypeScript: aliases of tsconfig.json, which has comments, for the files under its folder',
  async (t) => {
    t.same(
      await links({
        'web/tsconfig.json':
          '{\n  // paths\n  "compilerOptions": { "baseUrl": "./src", "paths": ' +
          '{ "@/*": ["*"], "~model": ["model/index.ts",], ' +
          '/* more */ "@/deep/*": ["far/*"] }, },\n}',
        'web/src/a.ts': "import '@/b'\nimport '~model'\nimport '@/deep/c'\nimport '@/deep/b'",
        'web/src/b.ts': '',
        'web/src/deep/b.ts': '',
        'web/src/far/c.ts': '',
        'web/src/model/index.ts': '',
        'other/a.ts': "import '@/b'"
      }),
      {
        'web/src/a.ts': 'web/src/b.ts web/src/deep/b.ts web/src/far/c.ts web/src/model/index.ts',
        'other/a.ts': ' | @/b'
      }
    )
  }
)

t.test(
  'Python: packages, relative imports, modules among the names, src layout, scripts',
  async (t) => {
    t.same(
      await links({
        'src/shop/__init__.py': 'from .orders import place',
        'src/shop/orders.py':
          'import os\nfrom . import refunds\nfrom .pay.bank import send\nfrom shop import missing',
        'src/shop/refunds.py': 'import shop.orders as o',
        'src/shop/pay/__init__.py': '',
        'src/shop/pay/bank.py': 'from .. import refunds, orders\nfrom ...nowhere import x',
        'tests/test_orders.py':
          'from shop.orders import place\nfrom shop.pay import bank\nimport helper',
        'tests/helper.py': ''
      }),
      {
        'src/shop/__init__.py': 'src/shop/orders.py',
        'src/shop/orders.py': 'src/shop/__init__.py src/shop/pay/bank.py src/shop/refunds.py | os',
        'src/shop/refunds.py': 'src/shop/orders.py',
        'src/shop/pay/bank.py': 'src/shop/orders.py src/shop/refunds.py | ...nowhere',
        'tests/test_orders.py': 'src/shop/orders.py src/shop/pay/bank.py tests/helper.py'
      }
    )
  }
)

t.test('Go: packages are folders under the path of the module', async (t) => {
  t.same(
    await links({
      'go.mod': 'module example.org/shop\n\ngo 1.22\n',
      'main.go': 'package main\nimport ("fmt"; "example.org/shop/db"; "example.org/other/db")',
      'db/open.go': 'package db\nimport "example.org/shop/internal/log"',
      'db/close.go': 'package db',
      'db/open_test.go': 'package db',
      'internal/log/log.go': 'package log'
    }),
    {
      'main.go': 'db/close.go db/open.go | fmt example.org/other/db',
      'db/open.go': 'internal/log/log.go'
    }
  )
  t.same(
    await links({
      'main.go': 'package main\nimport ("example.org/shop/db"; "encoding/json")',
      'db/a.go': 'package db',
      'json/b.go': 'package json'
    }),
    { 'main.go': 'db/a.go | encoding/json' },
    'without go.mod'
  )
})

t.test('Rust: modules, crate, super and self, other crates of the workspace', async (t) => {
  t.same(
    await links({
      'app/Cargo.toml': '[package]\nname = "app"\n',
      'app/src/main.rs':
        'mod db;\nmod api;\nuse crate::api::routes::list;\n' +
        'use shop_core::price::Price;\nuse std::fmt;',
      'app/src/db.rs': 'use super::api;',
      'app/src/api/mod.rs': 'mod routes;\npub use self::routes::list;\nuse crate::db::Pool;',
      'app/src/api/routes.rs': 'use super::super::db;\nuse crate::Config;',
      'core/Cargo.toml':
        '[package]\nversion = "1.0.0"\nname = "shop-core"\n\n[dependencies]\nname = "no"\n',
      'core/src/lib.rs': 'pub mod price;',
      'core/src/price.rs': ''
    }),
    {
      'app/src/main.rs':
        'app/src/api/mod.rs app/src/api/routes.rs app/src/db.rs core/src/price.rs | std::fmt',
      'app/src/db.rs': 'app/src/api/mod.rs',
      'app/src/api/mod.rs': 'app/src/api/routes.rs app/src/db.rs',
      'app/src/api/routes.rs': 'app/src/db.rs app/src/main.rs',
      'core/src/lib.rs': 'core/src/price.rs'
    }
  )
})

t.test('Java: types by their package, members, whole packages', async (t) => {
  t.same(
    await links({
      'src/main/java/com/shop/App.java':
        'package com.shop;\nimport com.shop.db.Store;\nimport static com.shop.Money.round;\n' +
        'import com.shop.pay.*;\nimport java.util.List;\nclass App {}',
      'src/main/java/com/shop/Money.java': 'package com.shop;\npublic class Money {}',
      'src/main/java/com/shop/db/Store.java':
        'package com.shop.db;\nimport com.shop.pay.Bank.Account;\npublic class Store {}',
      'src/main/java/com/shop/pay/Bank.java':
        'package com.shop.pay;\npublic class Bank { class Account {} }',
      'src/main/java/com/shop/pay/Card.java': 'package com.shop.pay;\npublic interface Card {}'
    }),
    {
      'src/main/java/com/shop/App.java':
        'src/main/java/com/shop/Money.java src/main/java/com/shop/db/Store.java ' +
        'src/main/java/com/shop/pay/Bank.java src/main/java/com/shop/pay/Card.java ' +
        '| java.util.List',
      'src/main/java/com/shop/db/Store.java': 'src/main/java/com/shop/pay/Bank.java'
    }
  )
})

t.test(
  'C and C++: headers beside the file, in folders of headers, the nearest of several',
  async (t) => {
    t.same(
      await links({
        'src/main.c':
          '#include "util.h"\n#include "net/socket.h"\n#include <shop/price.h>\n' +
          '#include <stdio.h>\n#include <config.h>\n#include "../lib/far.hpp"',
        'src/util.h': '',
        'src/net/socket.h': '',
        'other/util.h': '',
        'include/shop/price.h': '#include "tax.h"',
        'include/shop/tax.h': '',
        'include/config.h': '',
        'lib/far.hpp': '',
        'lib/stdio.h': ''
      }),
      {
        'src/main.c':
          'include/config.h include/shop/price.h lib/far.hpp src/net/socket.h src/util.h ' +
          '| <stdio.h>',
        'include/shop/price.h': 'include/shop/tax.h'
      }
    )
  }
)

t.test('Ruby and PHP: load paths, relative files, namespaces', async (t) => {
  t.same(
    await links({
      'lib/shop/order.rb': "require 'json'\nrequire 'shop/price'\nrequire_relative '../boot'",
      'lib/shop/price.rb': '',
      'lib/boot.rb': '',
      'vendor/json.rb': '',
      'app/Order.php':
        '<?php\nnamespace Shop;\nuse Shop\\Db\\{Store};\nuse Other\\Thing;\n' +
        "require __DIR__ . '/boot.php';\nclass Order {}",
      'app/Db/Store.php': '<?php\nnamespace Shop\\Db;\nclass Store {}',
      'app/boot.php': '<?php\nuse Shop\\Order;\n'
    }),
    {
      'lib/shop/order.rb': 'lib/boot.rb lib/shop/price.rb | json',
      'app/Order.php': 'app/Db/Store.php app/boot.php | Other\\Thing',
      'app/boot.php': 'app/Order.php'
    }
  )
})

t.test(
  'more links than can be looked at are refused, and what is no longer wanted ends',
  async (t) => {
    const file = (path: string, ...specifiers: string[]) => ({
      path,
      language: 'go',
      imports: specifiers.map((specifier) => ({ specifier })),
      provides: []
    })
    const folder = Array.from({ length: 1100 }, (_, i) => file(`x/${i}.go`))
    const importers = Array.from({ length: 1000 }, (_, i) => file(`y/${i}.go`, 'example.org/x'))
    t.ok(
      (await linksOf([...folder, ...importers], signal).catch(
        (error: unknown) => error instanceof TooManyLinksError
      )) === true
    )
    await t.rejects(
      linksOf([file('a.go', ...Array.from({ length: 5000 }, () => 'fmt'))], AbortSignal.abort()),
      { name: 'AbortError' }
    )
  }
)
