// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Directory} from "../../src/Directory.sol";
import {ICheckpoints} from "../../src/interfaces/ICheckpoints.sol";
import {PlainSignatures} from "./PlainSignatures.sol";

/// @notice What Checkpoints does, in plain words: every checkpoint ever posted, whole roots, proofs by the definition.
contract PlainCheckpoints is PlainSignatures {
    struct Posted {
        bytes32 root;
        uint256 size;
        uint256 time;
    }

    struct Record {
        uint256 time;
        ICheckpoints.Contradiction contradiction;
    }

    Directory private immutable DIRECTORY;
    mapping(uint32 organization => mapping(uint8 stream => Posted[])) private posts;
    mapping(uint32 organization => mapping(uint8 stream => Record)) private records;

    constructor(Directory directory, address standsFor) PlainSignatures("Anamnesis Checkpoints", standsFor) {
        DIRECTORY = directory;
    }

    function post(uint8 stream, ICheckpoints.Checkpoint calldata next) external {
        append(onlyOperator(), stream, next.root, next.size);
    }

    function postMany(ICheckpoints.StreamCheckpoint[] calldata next) external {
        uint32 organization = onlyOperator();
        if (next.length == 0) revert ICheckpoints.Checkpoints_NothingToPost(organization);
        for (uint256 i = 0; i < next.length; i++) {
            append(organization, next[i].stream, next[i].root, next[i].size);
        }
    }

    function recordTwoRoots(
        uint32 organization,
        uint8 stream,
        ICheckpoints.SignedCheckpoint calldata one,
        ICheckpoints.SignedCheckpoint calldata other
    ) external {
        bool contradict = one.size == other.size && one.root != other.root;
        if (!contradict) {
            revert ICheckpoints.Checkpoints_NoContradiction(organization, stream, one.size, other.size);
        }
        ICheckpoints.Side memory left = side(organization, stream, one);
        ICheckpoints.Side memory right = side(organization, stream, other);
        put(organization, stream, ICheckpoints.Contradiction.TwoRoots, left, right);
    }

    function recordOtherThanPosted(uint32 organization, uint8 stream, ICheckpoints.SignedCheckpoint calldata signed)
        external
    {
        Posted memory last = lastOf(organization, stream);
        bool contradict = last.size > 0 && signed.size == last.size && bytes23(signed.root) != bytes23(last.root);
        if (!contradict) {
            revert ICheckpoints.Checkpoints_NoContradiction(organization, stream, signed.size, uint64(last.size));
        }
        ICheckpoints.Side memory left = side(organization, stream, signed);
        ICheckpoints.Side memory right = ICheckpoints.Side(address(0), bytes32(bytes23(last.root)), uint64(last.size));
        put(organization, stream, ICheckpoints.Contradiction.OtherThanPosted, left, right);
    }

    function recordLeafReplaced(
        uint32 organization,
        uint8 stream,
        uint64 index,
        ICheckpoints.SignedCheckpoint calldata one,
        ICheckpoints.LeafProof calldata oneLeaf,
        ICheckpoints.SignedCheckpoint calldata other,
        ICheckpoints.LeafProof calldata otherLeaf
    ) external {
        if (one.size == other.size) {
            revert ICheckpoints.Checkpoints_NoContradiction(organization, stream, one.size, other.size);
        }
        if (oneLeaf.hash == otherLeaf.hash) revert ICheckpoints.Checkpoints_SameLeaf(organization, stream, index);
        onlyProven(organization, stream, one, index, oneLeaf);
        ICheckpoints.Side memory left = side(organization, stream, one);
        onlyProven(organization, stream, other, index, otherLeaf);
        ICheckpoints.Side memory right = side(organization, stream, other);
        put(organization, stream, ICheckpoints.Contradiction.LeafReplaced, left, right);
    }

    function equivocatedAt(uint32 organization, uint8 stream)
        external
        view
        returns (uint48 time, ICheckpoints.Contradiction contradiction)
    {
        Record memory found = records[organization][stream];
        return (uint48(found.time), found.contradiction);
    }

    function latest(uint32 organization, uint8 stream) external view returns (uint64 size, uint32 time) {
        Posted memory last = lastOf(organization, stream);
        return (uint64(last.size), uint32(last.time));
    }

    function matches(uint32 organization, uint8 stream, ICheckpoints.Checkpoint calldata checkpoint)
        public
        view
        returns (bool matched, uint32 time)
    {
        Posted memory last = lastOf(organization, stream);
        matched = last.size > 0 && last.size == checkpoint.size && bytes23(last.root) == bytes23(checkpoint.root);
        time = matched ? uint32(last.time) : 0;
    }

    function includes(
        uint32 organization,
        uint8 stream,
        ICheckpoints.Checkpoint calldata checkpoint,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view returns (bool) {
        (bool matched,) = matches(organization, stream, checkpoint);
        return matched && proves(checkpoint.root, checkpoint.size, leafHash, index, proof);
    }

    /// @notice Every checkpoint ever posted, as a test wants them.
    function history(uint32 organization, uint8 stream) external view returns (Posted[] memory) {
        return posts[organization][stream];
    }

    function append(uint32 organization, uint8 stream, bytes32 root, uint64 size) private {
        Posted memory last = lastOf(organization, stream);
        if (size <= last.size) {
            revert ICheckpoints.Checkpoints_NotGrowing(organization, stream, uint64(last.size), size);
        }
        if (size >= 2 ** 40) revert ICheckpoints.Checkpoints_TooLarge(organization, stream, size);
        posts[organization][stream].push(Posted(root, size, block.timestamp));
        emit ICheckpoints.CheckpointPosted(organization, stream, root, size, uint32(block.timestamp));
    }

    function lastOf(uint32 organization, uint8 stream) private view returns (Posted memory last) {
        Posted[] storage all = posts[organization][stream];
        if (all.length > 0) last = all[all.length - 1];
    }

    function onlyOperator() private view returns (uint32 organization) {
        organization = DIRECTORY.organizationOf(msg.sender);
        if (organization == 0) revert ICheckpoints.Checkpoints_NotOperator(msg.sender);
    }

    function side(uint32 organization, uint8 stream, ICheckpoints.SignedCheckpoint calldata signed)
        private
        view
        returns (ICheckpoints.Side memory)
    {
        bytes32 kind = keccak256("Checkpoint(uint32 organization,uint8 stream,bytes32 root,uint64 size)");
        bytes32 message = typed(abi.encode(kind, organization, stream, signed.root, signed.size));
        address signer = signerOf(message, signed.signature);
        bool theirs = organization != 0 && signer != address(0) && DIRECTORY.ownerOf(signer) == organization;
        if (!theirs) revert ICheckpoints.Checkpoints_NotSignedByOperator(organization, stream, signer);
        return ICheckpoints.Side(signer, signed.root, signed.size);
    }

    function onlyProven(
        uint32 organization,
        uint8 stream,
        ICheckpoints.SignedCheckpoint calldata signed,
        uint64 index,
        ICheckpoints.LeafProof calldata leaf
    ) private pure {
        if (!proves(signed.root, signed.size, leaf.hash, index, leaf.proof)) {
            revert ICheckpoints.Checkpoints_InvalidProof(organization, stream, signed.root, index);
        }
    }

    function put(
        uint32 organization,
        uint8 stream,
        ICheckpoints.Contradiction contradiction,
        ICheckpoints.Side memory one,
        ICheckpoints.Side memory other
    ) private {
        Record memory before = records[organization][stream];
        if (before.time != 0) {
            revert ICheckpoints.Checkpoints_AlreadyRecorded(organization, stream, uint48(before.time));
        }
        records[organization][stream] = Record(block.timestamp, contradiction);
        emit ICheckpoints.EquivocationRecorded(organization, stream, contradiction, one, other, uint48(block.timestamp));
    }

    function proves(bytes32 root, uint256 size, bytes32 leaf, uint256 index, bytes32[] calldata proof)
        private
        pure
        returns (bool)
    {
        if (index >= size || pathLength(index, size) != proof.length) return false;
        return rootOf(leaf, index, size, proof, proof.length) == root;
    }

    /// @dev The recursive definition of RFC 6962, 2.1.1: the largest power of two below `size` is on the left.
    function rootOf(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata proof, uint256 used)
        private
        pure
        returns (bytes32)
    {
        if (size == 1) return leaf;
        uint256 left = leftOf(size);
        bytes32 sibling = proof[used - 1];
        if (index < left) {
            return sha256(bytes.concat(hex"01", rootOf(leaf, index, left, proof, used - 1), sibling));
        }
        return sha256(bytes.concat(hex"01", sibling, rootOf(leaf, index - left, size - left, proof, used - 1)));
    }

    function pathLength(uint256 index, uint256 size) private pure returns (uint256) {
        if (size == 1) return 0;
        uint256 left = leftOf(size);
        return 1 + (index < left ? pathLength(index, left) : pathLength(index - left, size - left));
    }

    function leftOf(uint256 size) private pure returns (uint256 left) {
        left = 1;
        while (left * 2 < size) left *= 2;
    }
}
