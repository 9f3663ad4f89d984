// A tree of groups, families and machines as rows: those that are unfolded, in order.
import { computed, ref, type ComputedRef } from "vue";

export interface TreeRow<Node> {
  key: string;
  node: Node;
  /** From 1. */
  level: number;
  /** Undefined for a row without children. */
  isOpen: boolean | undefined;
}

interface Shape<Node> {
  /** Name of a node among its siblings. */
  key: (node: Node) => string;
  /** Its children, asked for when it unfolds; undefined for a leaf. */
  children: (node: Node) => (() => readonly Node[]) | undefined;
}

export function useTree<Node>(roots: () => readonly Node[], { key, children }: Shape<Node>) {
  const opened = ref(new Set<string>());

  function rowsOf(nodes: readonly Node[], level: number, above: string): TreeRow<Node>[] {
    return nodes.flatMap((node) => {
      const path = above === "" ? key(node) : `${above}\n${key(node)}`;
      const below = children(node);
      const isOpen = below && opened.value.has(path);
      const row: TreeRow<Node> = { key: path, node, level, isOpen };
      return isOpen ? [row, ...rowsOf(below(), level + 1, path)] : [row];
    });
  }

  const rows: ComputedRef<TreeRow<Node>[]> = computed(() => rowsOf(roots(), 1, ""));
  function fold(row: TreeRow<Node>): void {
    const next = new Set(opened.value);
    if (!next.delete(row.key)) next.add(row.key);
    opened.value = next;
  }
  return { rows, fold };
}
