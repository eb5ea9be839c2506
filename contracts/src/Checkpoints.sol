// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICheckpoints} from "./interfaces/ICheckpoints.sol";
import {IDirectory} from "./interfaces/IDirectory.sol";
import {CheckpointWord, CheckpointWordLibrary} from "./libraries/CheckpointWord.sol";
import {Rfc6962} from "./libraries/Rfc6962.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @title Checkpoints
/// @notice See ICheckpoints.
contract Checkpoints is ICheckpoints, EIP712 {
    /// @dev One slot. A struct, so that a post works out once where it lies.
    struct Head {
        CheckpointWord word;
    }

    /// @dev One slot.
    struct Record {
        uint48 time;
        Contradiction contradiction;
    }

    bytes32 private constant CHECKPOINT_TYPEHASH =
        keccak256("Checkpoint(uint32 organization,uint8 stream,bytes32 root,uint64 size)");

    /// @inheritdoc ICheckpoints
    string public constant override version = "1.0.0";

    /// @inheritdoc ICheckpoints
    IDirectory public immutable override directory;

    /// @dev One level of mapping costs less to look up than two; for the key see `_key`.
    mapping(uint256 organizationAndStream => Head) private _heads;
    mapping(uint256 organizationAndStream => Record) private _records;

    /// @param directory_ Where operators are looked up.
    constructor(IDirectory directory_) EIP712("Anamnesis Checkpoints", "1") {
        directory = directory_;
    }

    /// @inheritdoc ICheckpoints
    function post(uint8 stream, Checkpoint calldata next) external override {
        // Each member is read once: reading one from call data includes checking its range.
        _post(_callerOrganization(), stream, next.root, next.size);
    }

    /// @inheritdoc ICheckpoints
    function postMany(StreamCheckpoint[] calldata next) external override {
        uint32 organization = _callerOrganization();
        if (next.length == 0) revert Checkpoints_NothingToPost(organization);
        for (uint256 i = 0; i < next.length; i++) {
            StreamCheckpoint calldata one = next[i];
            _post(organization, one.stream, one.root, one.size);
        }
    }

    /// @inheritdoc ICheckpoints
    function recordTwoRoots(
        uint32 organization,
        uint8 stream,
        SignedCheckpoint calldata one,
        SignedCheckpoint calldata other
    ) external override {
        if (one.size != other.size || one.root == other.root) {
            revert Checkpoints_NoContradiction(organization, stream, one.size, other.size);
        }
        Side memory first = _side(organization, stream, one);
        _record(organization, stream, Contradiction.TwoRoots, first, _side(organization, stream, other));
    }

    /// @inheritdoc ICheckpoints
    function recordOtherThanPosted(uint32 organization, uint8 stream, SignedCheckpoint calldata signed)
        external
        override
    {
        CheckpointWord stored = _heads[_key(organization, stream)].word;
        uint64 size = stored.size();
        if (size == 0 || signed.size != size || stored.holds(signed.root, size)) {
            revert Checkpoints_NoContradiction(organization, stream, signed.size, size);
        }
        Side memory posted = Side({signer: address(0), root: stored.rootPrefix(), size: size});
        _record(organization, stream, Contradiction.OtherThanPosted, _side(organization, stream, signed), posted);
    }

    /// @inheritdoc ICheckpoints
    function recordLeafReplaced(
        uint32 organization,
        uint8 stream,
        uint64 index,
        SignedCheckpoint calldata one,
        LeafProof calldata oneLeaf,
        SignedCheckpoint calldata other,
        LeafProof calldata otherLeaf
    ) external override {
        if (one.size == other.size) {
            revert Checkpoints_NoContradiction(organization, stream, one.size, other.size);
        }
        if (oneLeaf.hash == otherLeaf.hash) revert Checkpoints_SameLeaf(organization, stream, index);
        Side memory first = _sideWithLeaf(organization, stream, one, index, oneLeaf);
        Side memory second = _sideWithLeaf(organization, stream, other, index, otherLeaf);
        _record(organization, stream, Contradiction.LeafReplaced, first, second);
    }

    /// @inheritdoc ICheckpoints
    function equivocatedAt(uint32 organization, uint8 stream)
        external
        view
        override
        returns (uint48 time, Contradiction contradiction)
    {
        Record memory found = _records[_key(organization, stream)];
        return (found.time, found.contradiction);
    }

    /// @inheritdoc ICheckpoints
    function digest(uint32 organization, uint8 stream, bytes32 root, uint64 size)
        public
        view
        override
        returns (bytes32)
    {
        return _hashTypedDataV4(keccak256(abi.encode(CHECKPOINT_TYPEHASH, organization, stream, root, size)));
    }

    /// @inheritdoc ICheckpoints
    function word(uint32 organization, uint8 stream) external view override returns (bytes32) {
        return CheckpointWord.unwrap(_heads[_key(organization, stream)].word);
    }

    /// @inheritdoc ICheckpoints
    function latest(uint32 organization, uint8 stream) external view override returns (uint64 size, uint32 time) {
        CheckpointWord stored = _heads[_key(organization, stream)].word;
        return (stored.size(), stored.time());
    }

    /// @inheritdoc ICheckpoints
    function matches(uint32 organization, uint8 stream, Checkpoint calldata checkpoint)
        public
        view
        override
        returns (bool matched, uint32 time)
    {
        CheckpointWord stored = _heads[_key(organization, stream)].word;
        matched = stored.holds(checkpoint.root, checkpoint.size);
        if (matched) time = stored.time();
    }

    /// @inheritdoc ICheckpoints
    function includes(
        uint32 organization,
        uint8 stream,
        Checkpoint calldata checkpoint,
        bytes32 leafHash,
        uint64 index,
        bytes32[] calldata proof
    ) external view override returns (bool) {
        (bool matched,) = matches(organization, stream, checkpoint);
        return matched && Rfc6962.includes(checkpoint.root, checkpoint.size, leafHash, index, proof);
    }

    function _callerOrganization() private view returns (uint32 organization) {
        organization = directory.organizationOf(msg.sender);
        if (organization == 0) revert Checkpoints_NotOperator(msg.sender);
    }

    function _post(uint32 organization, uint8 stream, bytes32 root, uint64 size) private {
        Head storage head = _heads[_key(organization, stream)];
        uint64 last = head.word.size();
        if (size <= last) revert Checkpoints_NotGrowing(organization, stream, last, size);
        if (size > type(uint40).max) revert Checkpoints_TooLarge(organization, stream, size);
        uint32 time = uint32(block.timestamp);
        head.word = CheckpointWordLibrary.pack(root, size, time);
        emit CheckpointPosted(organization, stream, root, size, time);
    }

    /// @dev One side of a contradiction, after its signer was found to be or have been an operator.
    function _side(uint32 organization, uint8 stream, SignedCheckpoint calldata signed)
        private
        view
        returns (Side memory)
    {
        bytes32 hash = digest(organization, stream, signed.root, signed.size);
        address signer = Signatures.recover(hash, signed.signature);
        if (signer == address(0) || organization == 0 || directory.ownerOf(signer) != organization) {
            revert Checkpoints_NotSignedByOperator(organization, stream, signer);
        }
        return Side({signer: signer, root: signed.root, size: signed.size});
    }

    function _sideWithLeaf(
        uint32 organization,
        uint8 stream,
        SignedCheckpoint calldata signed,
        uint64 index,
        LeafProof calldata leaf
    ) private view returns (Side memory) {
        if (!Rfc6962.includes(signed.root, signed.size, leaf.hash, index, leaf.proof)) {
            revert Checkpoints_InvalidProof(organization, stream, signed.root, index);
        }
        return _side(organization, stream, signed);
    }

    function _record(uint32 organization, uint8 stream, Contradiction contradiction, Side memory one, Side memory other)
        private
    {
        Record storage entry = _records[_key(organization, stream)];
        if (entry.time != 0) revert Checkpoints_AlreadyRecorded(organization, stream, entry.time);
        uint48 time = uint48(block.timestamp);
        entry.time = time;
        entry.contradiction = contradiction;
        emit EquivocationRecorded(organization, stream, contradiction, one, other, time);
    }

    function _key(uint32 organization, uint8 stream) private pure returns (uint256) {
        return (uint256(organization) << 8) | stream;
    }
}
