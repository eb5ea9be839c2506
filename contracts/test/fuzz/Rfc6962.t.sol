// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Rfc6962} from "../../src/libraries/Rfc6962.sol";
import {Base} from "../Base.sol";

/// @notice Inclusion proofs against the recursive definitions of RFC 6962, section 2.1.
contract Rfc6962FuzzTest is Base {
    function includes(bytes32 root, uint64 size, bytes32 leafHash, uint64 index, bytes32[] calldata proof)
        external
        pure
        returns (bool)
    {
        return Rfc6962.includes(root, size, leafHash, index, proof);
    }

    function leaves(bytes32 seed, uint256 size) private pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](size);
        for (uint256 i = 0; i < size; i++) {
            hashes[i] = sha256(abi.encodePacked(bytes1(0), seed, i));
        }
    }

    /// @dev MTH(D[start:end]).
    function treeHash(bytes32[] memory hashes, uint256 start, uint256 end) private pure returns (bytes32) {
        if (end - start == 1) return hashes[start];
        uint256 split = start + largestPowerBelow(end - start);
        return sha256(abi.encodePacked(hex"01", treeHash(hashes, start, split), treeHash(hashes, split, end)));
    }

    /// @dev PATH(index, D[start:end]).
    function path(bytes32[] memory hashes, uint256 index, uint256 start, uint256 end)
        private
        pure
        returns (bytes32[] memory)
    {
        if (end - start == 1) return new bytes32[](0);
        uint256 split = start + largestPowerBelow(end - start);
        return index < split
            ? append(path(hashes, index, start, split), treeHash(hashes, split, end))
            : append(path(hashes, index, split, end), treeHash(hashes, start, split));
    }

    function largestPowerBelow(uint256 count) private pure returns (uint256 power) {
        power = 1;
        while (power * 2 < count) power *= 2;
    }

    function append(bytes32[] memory list, bytes32 last) private pure returns (bytes32[] memory longer) {
        longer = new bytes32[](list.length + 1);
        for (uint256 i = 0; i < list.length; i++) {
            longer[i] = list[i];
        }
        longer[list.length] = last;
    }

    function test_includes_everyLeafOfEverySmallTree() public view {
        for (uint64 size = 1; size <= 17; size++) {
            bytes32[] memory hashes = leaves("small", size);
            bytes32 root = treeHash(hashes, 0, size);
            for (uint64 index = 0; index < size; index++) {
                bytes32[] memory proof = path(hashes, index, 0, size);
                isTrue(this.includes(root, size, hashes[index], index, proof), "its own place");
                for (uint64 other = 0; other <= size; other++) {
                    if (other == index) continue;
                    isFalse(this.includes(root, size, hashes[index], other, proof), "another place");
                }
            }
        }
    }

    function testFuzz_includes_agreesWithTheDefinition(bytes32 seed, uint64 size, uint64 index) public view {
        size = uint64(within(size, 1, 80));
        index = uint64(within(index, 0, size - 1));
        bytes32[] memory hashes = leaves(seed, size);
        bytes32[] memory proof = path(hashes, index, 0, size);
        isTrue(this.includes(treeHash(hashes, 0, size), size, hashes[index], index, proof), "includes");
    }

    function testFuzz_includes_refusesAnyChange(bytes32 seed, uint64 size, uint64 index, bytes32 change) public view {
        vm.assume(change != 0);
        size = uint64(within(size, 2, 40));
        index = uint64(within(index, 0, size - 1));
        bytes32[] memory hashes = leaves(seed, size);
        bytes32 root = treeHash(hashes, 0, size);
        bytes32 leaf = hashes[index];
        bytes32[] memory proof = path(hashes, index, 0, size);

        isFalse(this.includes(root ^ change, size, leaf, index, proof), "root");
        isFalse(this.includes(root, size, leaf ^ change, index, proof), "leaf");
        isFalse(this.includes(root, size, leaf, size, proof), "index at the size");
        isFalse(this.includes(root, size, leaf, size + index, proof), "index beyond the size");
        isFalse(this.includes(root, 0, leaf, 0, proof), "empty tree");
        isFalse(this.includes(root, size, leaf, index, append(proof, change)), "longer proof");
        bytes32[] memory shorter = new bytes32[](proof.length - 1);
        for (uint256 i = 0; i < shorter.length; i++) {
            shorter[i] = proof[i];
        }
        isFalse(this.includes(root, size, leaf, index, shorter), "shorter proof");
        uint256 which = uint256(change) % proof.length;
        proof[which] ^= change;
        isFalse(this.includes(root, size, leaf, index, proof), "sibling");
    }

    function testFuzz_includes_handlesTheLargestTrees(bytes32 root, uint64 index, bytes32[] calldata proof)
        public
        view
    {
        // No real path: only that the walk ends, and never by a panic.
        isFalse(this.includes(root, type(uint64).max, root, index, proof), "a proof out of the air");
    }
}
