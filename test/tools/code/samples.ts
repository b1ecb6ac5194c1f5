/** One file of each language, with what it defines and imports. */
export interface Sample {
  content: string
  symbols: string[]
  imports: string[]
  provides?: string[]
}

export const samples: Record<string, Sample> = {
  'a.ts': {
    content: `import type { A } from './a.js'
import fs = require('node:fs')
export * from './c.ts'
type Q = import('./q.ts').Q
const lazy = () => import('./lazy.ts')
declare module 'fastify' { interface FastifyInstance { db: Q } }
export const one = 1, two = (a: number) => { const inner = 3; function deep() {} }
export abstract class K<T> { handler = () => {}; abstract go(): void; run(): void { } }
export enum E { A }
export default function main() {}
if (true) { const notTop = 1 }
`,
    symbols: [
      'type Q',
      'function lazy',
      'namespace fastify',
      'interface fastify.FastifyInstance',
      'constant one',
      'function two',
      'class K',
      'method K.handler',
      'method K.go',
      'method K.run',
      'enum E',
      'function main'
    ],
    imports: ['./a.js', 'node:fs', './c.ts', './q.ts', './lazy.ts']
  },
  'a.tsx': {
    content:
      'import { useState } from "react"\nexport function App({ title }: { title: string }) ' +
      '{ return <h1 className="x">{title}</h1> }\n',
    symbols: ['function App'],
    imports: ['react']
  },
  'a.mjs': {
    content:
      "const x = require('./x'), y = import('./y')\nclass A { static m() {} }\n" +
      'function * gen () {}\nlet v = function () {}\n',
    symbols: ['constant x', 'constant y', 'class A', 'method A.m', 'function gen', 'function v'],
    imports: ['./x', './y']
  },
  'a.py': {
    content: `import os, app.db as d
from ..pkg.mod import (A, b as c)
LIMIT = 3
class Store(Base):
    """A store."""
    def get(self, k):
        def inner(): pass
        import late
    @property
    async def x(self): ...
def main(): pass
`,
    symbols: [
      'constant LIMIT',
      'class Store',
      'method Store.get',
      'method Store.x',
      'function main'
    ],
    imports: ['os', 'app.db', '..pkg.mod', 'late']
  },
  'a.go': {
    content: `package main
import (
  "fmt"
  db "example.org/app/db"
)
const Max = 3
type Store struct { a int }
type Reader interface { Read() }
func New() *Store { var z = 1; return nil }
func (m *Map[K, V]) Put() {}
`,
    symbols: ['constant Max', 'struct Store', 'interface Reader', 'function New', 'method Map.Put'],
    imports: ['fmt', 'example.org/app/db']
  },
  'a.rs': {
    content: `use std::{fmt, io::{self, Read}};
use crate::db::*;
mod store;
mod inner { pub fn f() {} }
pub struct P<T> { a: T }
impl<T> P<T> { pub fn new() -> Self { fn nested() {} } }
trait T { fn a(&self); }
macro_rules! m { () => {} }
fn main() {}
`,
    symbols: [
      'module inner',
      'function inner.f',
      'struct P',
      'impl P',
      'method P.new',
      'trait T',
      'method T.a',
      'macro m',
      'function main'
    ],
    imports: ['std::fmt', 'std::io', 'std::io::Read', 'crate::db', 'mod store']
  },
  'a.java': {
    content: `package com.acme.app;
import com.acme.db.Store;
import static com.acme.Util.help;
import com.acme.x.*;
@Entity
public class Main { public Main() {} void run() { class L { void q() {} } } enum K { A } }
interface I { void f(); }
`,
    symbols: [
      'class Main',
      'constructor Main.Main',
      'method Main.run',
      'enum Main.K',
      'interface I',
      'method I.f'
    ],
    imports: ['com.acme.db.Store', 'com.acme.Util.help', 'com.acme.x.*'],
    provides: ['com.acme.app.Main', 'com.acme.app.I']
  },
  'a.c': {
    content: `#include <stdio.h>
#include "util.h"
#define ADD(a, b) ((a) + (b))
struct point { int x; };
typedef struct { int a; } vec_t;
enum color { RED };
static int *add(int a, int b) { struct point p; return 0; }
int proto(void);
int global = 3;
`,
    symbols: [
      'macro ADD',
      'struct point',
      'type vec_t',
      'enum color',
      'function add',
      'declaration proto'
    ],
    imports: ['<stdio.h>', 'util.h']
  },
  'a.cpp': {
    content: `#include "a.hpp"
namespace ns {
template <typename T> class Box : public Base {
public: Box(); ~Box(); T get() const { return v; } private: T v; };
int Box::other(int a) { return 1; }
enum class Kind { A };
}
`,
    symbols: [
      'namespace ns',
      'class ns.Box',
      'declaration ns.Box.Box',
      'declaration ns.Box.~Box',
      'method ns.Box.get',
      'function ns.Box.other',
      'enum ns.Kind'
    ],
    imports: ['a.hpp']
  },
  'a.rb': {
    content: `require 'json'
require_relative 'lib/x'
LIMIT = 3
module Acme
  class Store < Base
    def get(k) = 1
    def self.make
    end
  end
end
`,
    symbols: [
      'constant LIMIT',
      'module Acme',
      'class Acme.Store',
      'method Acme.Store.get',
      'method Acme.Store.make'
    ],
    imports: ['json', './lib/x']
  },
  'a.php': {
    content: `<?php
namespace App\\Models;
use App\\Db\\{Store, Conn as C};
use Foo\\Bar;
require_once __DIR__ . '/boot.php';
class User extends Model { public function name() { return 1; } }
function f() {}
`,
    symbols: ['class User', 'method User.name', 'function f'],
    imports: ['App\\Db\\Store', 'App\\Db\\Conn', 'Foo\\Bar', './boot.php'],
    provides: ['App\\Models\\User', 'App\\Models\\f']
  }
}
